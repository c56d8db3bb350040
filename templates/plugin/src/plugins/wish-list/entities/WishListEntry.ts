import { defineEntity, p } from '@mikro-orm/core';
import { User } from '#core';

/** One entry of a person's list. */
export const WishListEntry = defineEntity({
  name: 'WishListEntry',
  tableName: 'wish_list_entries',
  indexes: [
    { name: 'wish_list_entries_user_id_at_index', properties: ['user', 'at'] },
    { name: 'wish_list_entries_at_index', properties: ['at'] },
  ],
  properties: {
    key: p.text().primary(),
    user: () => p.manyToOne(User).fieldName('user_id').deleteRule('cascade'),
    at: p.datetime(),
    text: p.text(),
  },
});
