import { describe, expect, it } from 'vitest';
import { Roles } from '../../src/core/Roles.ts';

describe('Roles', () => {
  const roles = new Roles(['1', '2'], ['2', '3']);

  it('knows the admins', () => {
    expect(['1', '2', '3', '4'].map((id) => roles.isAdmin(id))).toEqual([true, true, false, false]);
  });

  it('counts an admin as a moderator too', () => {
    expect(['1', '2', '3', '4'].map((id) => roles.isModerator(id))).toEqual([true, true, true, false]);
  });

  it('lets an admin act on moderators, a moderator on people, and nobody on their like, on those above, or on themselves', () => {
    const everyone = ['1', '2', '3', '4'];
    const some = new Roles(['1', '2'], ['2', '3', '5']);
    expect([...everyone, '5'].filter((other) => some.outranks('1', other))).toEqual(['3', '4', '5']);
    expect([...everyone, '5'].filter((other) => some.outranks('3', other))).toEqual(['4']);
    expect([...everyone, '6'].filter((other) => some.outranks('4', other))).toEqual([]);
  });

  it('gives nobody a role when nobody is named', () => {
    const none = new Roles([], []);
    expect([none.isAdmin(''), none.isModerator(''), none.isAdmin('1')]).toEqual([false, false, false]);
  });
});
