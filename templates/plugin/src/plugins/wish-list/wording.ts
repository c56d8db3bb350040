/** What the plugin says to people. */
export const wording = {
  added: (entries: number, max: number): string => `That is number ${entries} on your list, which holds ${max}.`,
  removed: (text: string): string => `I took this off your list: ${text}`,
  entries: (texts: readonly string[]): string => texts.map((text, index) => `${index + 1}. ${text}`).join('\n'),
  empty: (): string => 'There is nothing on your list.',
  full: (max: number): string => `Your list is full: it holds ${max}. Take something off it first.`,
  tooLong: (longest: number): string => `An entry may have ${longest} characters.`,
  unknownNumber: (entries: number): string =>
    entries === 0 ? 'There is nothing on your list.' : `Your list has the numbers 1 to ${entries}.`,
  unknownWord: (): string => 'Behind the command I know `remove` only.',
};
