type ServerEvents = {
  /** The data of the next event with that name; others before it are skipped. Rejects when the stream ends. */
  next(name: string): Promise<Record<string, unknown>>;
  close(): Promise<void>;
};

/** Opens a stream of server-sent events whose data is JSON; resolves when its first bytes are there. */
export async function readEvents(url: string): Promise<ServerEvents> {
  const response = await fetch(url);
  if (!response.ok || !response.body) throw new Error(`${url} answered ${response.status}.`);
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let received = '';

  async function frame(): Promise<string> {
    while (!received.includes('\n\n')) {
      const { value, done } = await reader.read();
      if (done) throw new Error('The stream has ended.');
      received += value;
    }
    const end = received.indexOf('\n\n');
    const text = received.slice(0, end);
    received = received.slice(end + 2);
    return text;
  }

  return {
    async next(name) {
      for (;;) {
        const [head, data] = (await frame()).split('\n');
        if (head === `event: ${name}`) return JSON.parse(data?.replace('data: ', '') ?? '');
      }
    },
    close: () => reader.cancel(),
  };
}
