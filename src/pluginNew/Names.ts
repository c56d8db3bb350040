/** A plugin's name in every form in which it stands somewhere. */
export interface Names {
  /** `wish-list`: the plugin and its folders. */
  readonly kebab: string;
  /** `wishList`: functions and services. */
  readonly camel: string;
  /** `WishList`: classes. */
  readonly pascal: string;
  /** `wish_list`: what is in the database. */
  readonly snake: string;
  /** `WISH_LIST`: variables of the environment. */
  readonly constant: string;
  /** `wishlist`: commands, which people write. */
  readonly flat: string;
  /** `wish list`: what people read. */
  readonly words: string;
}

/** All forms of a name that is written as folders are: `wish-list`. */
export function namesOf(kebab: string): Names {
  const parts = kebab.split('-');
  const pascal = parts.map((part) => part.charAt(0).toUpperCase() + part.slice(1)).join('');
  const snake = parts.join('_');
  return {
    kebab,
    camel: pascal.charAt(0).toLowerCase() + pascal.slice(1),
    pascal,
    snake,
    constant: snake.toUpperCase(),
    flat: parts.join(''),
    words: parts.join(' '),
  };
}
