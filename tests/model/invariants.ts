import { apology } from './Instance.ts';
import type { Kept } from './ModelDiscord.ts';
import type { World } from './World.ts';

/** Whether everything is done and nothing is left anywhere. */
export async function openEnds(world: World): Promise<string[]> {
  const ends: string[] = [];
  const open = await world.query<{ message_id: string; instance_id: string; attempts: number; fence: string }>(
    'SELECT * FROM turns WHERE finished_at IS NULL',
  );
  for (const { message_id, instance_id, attempts, fence } of open)
    ends.push(
      `I5: ${world.nameOf(message_id)} is unfinished (of ${instance_id}, attempts ${attempts}, fence ${fence})`,
    );
  for (const { name, database, inHand } of world.instances) {
    if (database?.state !== 'connected') ends.push(`I5: ${name} is not connected: ${database?.reason}`);
    if (inHand > 0) ends.push(`I5: ${name} has ${inHand} in hand`);
    const left = database?.journal.depth() ?? 0;
    if (left > 0) ends.push(`I5: the journal of ${name} has ${left} entries`);
  }
  for (const message of await owed(world))
    if (world.discord.finishedAnswersTo(message.id).length === 0) ends.push(`I1: ${message.content} has no answer`);
  return ends;
}

/** What went wrong over the whole run; to be asked when it is quiet. */
export async function violations(world: World): Promise<string[]> {
  const { discord, history, instances } = world;
  const wrong = [...world.failures];
  const people = discord.messages.filter(({ nonce }) => nonce === undefined);
  const records = await world.query<{ message_id: string; text: string }>('SELECT * FROM model_records');
  for (const { id, content, isDeleted } of people) {
    const answers = discord.answersTo(id);
    const texts = answers.map((answer) => answer.content);
    if (answers.length > 1) wrong.push(`I2: ${content} has ${answers.length} answers: ${texts.join(', ')}`);
    if (answers.some(({ flags }) => flags)) wrong.push(`I8: what ${content} got is still a draft`);
    const rows = records.filter(({ message_id }) => message_id === id).map(({ text }) => text);
    if (rows.length > 1) wrong.push(`I3: ${content} has ${rows.length} records`);
    const isApology = texts.includes(apology);
    // Whatever makes an instance hand a message over counts as an attempt, and a sweep whose answer got lost too.
    const { crashes, stops, cuts, standstills } = history;
    if (isApology && crashes + stops + cuts + standstills < 3)
      wrong.push(`I7: ${content} got an apology without three crashes`);
    const calls = world.calls.get(id) ?? 0;
    if (calls > 3 && instances.length === 1) wrong.push(`I7: the workflow was asked about ${content} ${calls} times`);
    if (isDeleted) continue;
    if (answers.length > 0 && rows.length === 0 && !isApology)
      wrong.push(`I3: ${content} was answered and not recorded`);
    if (rows[0] !== undefined && !texts.includes(rows[0]))
      wrong.push(`I3: ${content} was answered by ${texts.join(', ')} and recorded as ${rows[0]}`);
  }
  if (instances.length === 1 && history.crashes + history.stops === 0) wrong.push(...disorder(people, world));
  return wrong;
}

/** The messages that have to be answered: those that were taken on, and those of people whom the bot knows. */
async function owed(world: World): Promise<Kept[]> {
  const turns = await world.query<{ message_id: string }>('SELECT message_id FROM turns');
  const taken = new Set([...world.accepted, ...turns.map(({ message_id }) => message_id)]);
  return world.discord.messages.filter(
    ({ id, nonce, authorId, isDeleted }) =>
      nonce === undefined && !isDeleted && (taken.has(id) || world.known.has(authorId)),
  );
}

function disorder(messages: readonly Kept[], { discord, seen }: World): string[] {
  const order = [...seen];
  const people = messages.filter(({ id }) => seen.has(id)).sort((a, b) => order.indexOf(a.id) - order.indexOf(b.id));
  const place = (message: Kept): number => discord.messages.findIndex(({ nonce }) => nonce === `${message.id}-0`);
  const wrong: string[] = [];
  for (const [index, later] of people.entries()) {
    for (const earlier of people.slice(0, index)) {
      const isSame = earlier.authorId === later.authorId && place(earlier) >= 0 && place(later) >= 0;
      if (isSame && place(earlier) > place(later))
        wrong.push(`I4: ${later.content} was answered before ${earlier.content}`);
    }
  }
  return wrong;
}
