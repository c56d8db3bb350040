/** Texts that people write and that careless code stumbles over, by what is special about them. */
export const texts: readonly [string, string][] = [
  ['emoji', '👩‍👩‍👧‍👦 🏳️‍🌈 🇨🇭 ✅ é (e + ´) ﷽ 𝔘𝔫𝔦𝔠𝔬𝔡𝔢'],
  ['4,000 characters', 'Zwölf Boxkämpfer 🥊 '.repeat(200)],
  ['quotes', `"double" 'single' \`back\` “curly” ''twice''`],
  ['SQL', `'); DROP TABLE users; -- $$ /* */ \\'; SELECT pg_sleep(9)`],
  ['placeholders', '$1 $2 ? ?? :name @name %s %1$I {{ $json.body }}'],
  ['backslashes and white space', ' \\n \\\\ \u0001\t\r\n\u00a0\u2028 '],
  ['nothing', ''],
  ['names of object properties', '__proto__ constructor'],
  ['right-to-left', 'שלום \u202Eabc\u202C سلام'],
];
