/** Asks the playground's server for something; its answer, or an error with words for the person. */
export async function post(path, body = {}) {
  return answerOf(
    await fetch(path, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    }).catch(() => undefined),
  );
}

/** The same for what only looks. */
export async function get(path) {
  return answerOf(await fetch(path).catch(() => undefined));
}

async function answerOf(response) {
  if (!response) throw new Error('The playground does not answer. Is the bot still running?');
  const answer = await response.json();
  if (!response.ok) throw new Error(answer.message);
  return answer;
}
