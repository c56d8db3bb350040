import type { Said } from '../Said.ts';

/** The beginning of every matcher's message: what was said and what came back. */
export function describeSaid(said: Said): string {
  const { what, messages, refusal, showedTyping } = said;
  const lines = messages.map(({ content, attachments, embeds }) => {
    const others = [
      ...attachments.map(({ filename }) => `the file ${filename}`),
      ...embeds.map(({ title }) => `an embed ${JSON.stringify(title ?? '')}`),
    ];
    return `  ${[JSON.stringify(content), ...others].join(' with ')}`;
  });
  const answer = lines.length === 0 ? 'The bot kept silent.' : ['The bot said:', ...lines].join('\n');
  const details = [
    ...(refusal === undefined ? [] : [`It refused as ${refusal}.`]),
    ...(showedTyping ? ['It showed that it was typing.'] : []),
  ];
  return [`${what}.`, answer, ...details].join('\n');
}
