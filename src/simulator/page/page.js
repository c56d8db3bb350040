import { avatar } from './avatar.js';
import { Calls } from './calls.js';
import { Composer } from './composer.js';
import { Conversation } from './conversation.js';
import { People } from './people.js';
import { post } from './post.js';
import { Presses } from './presses.js';
import { Surroundings } from './surroundings.js';
import { Tabs } from './tabs.js';
import { themeButton } from './theme.js';
import { keepTimesTrue } from './time.js';

const TYPING_MS = 10_000;
const byId = (id) => document.getElementById(id);

const people = new People();
const presses = new Presses(press);
const surroundings = new Surroundings({
  userId: () => selectedId,
  textOf: (messageId) => shownMessages().find(({ id }) => id === messageId)?.content,
  onPick: () => tabs.show('inspector', true),
});
const conversation = new Conversation(
  { list: byId('messages'), scroller: byId('scroller'), welcome: byId('welcome') },
  people,
  presses,
  (row, message) => surroundings.turns.mark(row, message.id),
);
const calls = new Calls({ list: byId('call-list'), empty: byId('no-calls') }, people.nameOf);
const composer = new Composer(
  {
    form: byId('composer'),
    field: byId('field'),
    files: byId('files'),
    chosen: byId('chosen'),
    problem: byId('problem'),
    count: byId('count'),
    suggestions: byId('suggestions'),
  },
  { send: say, lastSaid },
);

/** The user that one is, by id; the messages of each channel by message id; bot messages not yet seen, by user id. */
let selectedId = '';
const channels = new Map();
const unread = new Map();
const typingTimers = new Map();

const events = new EventSource('/events');
const on = (name, handle) => events.addEventListener(name, (event) => handle(JSON.parse(event.data)));

on('state', (state) => {
  people.load(state);
  surroundings.load(state);
  channels.clear();
  for (const user of state.users) channels.set(user.channelId, new Map(user.messages.map((each) => [each.id, each])));
  const wanted = people.find(selectedId || location.hash.slice(1)) ?? state.users[0];
  showBot(state.bot.online);
  calls.show(state);
  choose(wanted.id);
  byId('lost').hidden = true;
});

on('message', (message) => {
  const user = people.inChannel(message.channel_id);
  if (!user || channels.get(message.channel_id).has(message.id)) return;
  channels.get(message.channel_id).set(message.id, message);
  const fromBot = message.author.id === people.botId;
  if (fromBot) stopTyping(message.channel_id);
  if (user.id === selectedId) {
    conversation.add(message);
    if (fromBot) announce(message);
  } else if (fromBot) {
    unread.set(user.id, (unread.get(user.id) ?? 0) + 1);
    drawPeople();
  }
});

on('messageUpdate', (message) => {
  const messages = channels.get(message.channel_id);
  if (!messages?.has(message.id)) return;
  if (isShown(message.channel_id) && presses.isWaiting(message.id)) announce(message);
  for (const changed of [message, ...repliesTo(message.id, message, messages)]) {
    messages.set(changed.id, changed);
    if (isShown(message.channel_id)) conversation.replace(changed);
  }
});

on('messageDelete', ({ id, channel_id: channelId }) => {
  const messages = channels.get(channelId);
  if (!messages?.delete(id)) return;
  for (const reply of repliesTo(id, null, messages)) messages.set(reply.id, reply);
  if (isShown(channelId)) conversation.show(shownMessages());
});

on('typing', ({ channelId }) => {
  stopTyping(channelId);
  typingTimers.set(
    channelId,
    setTimeout(() => stopTyping(channelId), TYPING_MS),
  );
  drawTyping();
});

on('call', (call) => calls.put(call));
on('bot', ({ online }) => showBot(online));
on('turn', (turn) => surroundings.showTurn(turn));
on('situation', (situation) => surroundings.show(situation));
events.addEventListener('error', () => {
  byId('lost').hidden = false;
  showBot(false);
  // A browser gives up for good after an answer other than 200, which a server that is just starting may give.
  if (events.readyState === EventSource.CLOSED) setTimeout(() => location.reload(), 2000);
});

/** The replies to a message, with what it became. */
function repliesTo(id, original, messages) {
  return [...messages.values()]
    .filter(({ message_reference: reference }) => reference?.message_id === id)
    .map((reply) => ({ ...reply, referenced_message: original }));
}

function choose(id) {
  selectedId = id;
  unread.delete(id);
  history.replaceState(null, '', `#${id}`);
  const user = people.find(id);
  const { name } = user;
  byId('you').replaceChildren(avatar(user), `You are ${name}`);
  byId('welcome-name').textContent = name;
  for (const suggestion of document.querySelectorAll('#suggestions .for-admin')) suggestion.hidden = !user.admin;
  composer.address(`Message ${people.bot.name} as ${name}`);
  drawPeople();
  drawTyping();
  surroundings.choose(user);
  conversation.show(shownMessages());
}

function say(content, attachments) {
  return post('/say', { userId: selectedId, content, attachments });
}

async function press(messageId, customId) {
  const { outcome } = await post('/press', { userId: selectedId, messageId, customId });
  return outcome;
}

function announce({ content }) {
  byId('announcement').textContent = `${people.bot.name}: ${content}`;
}

function lastSaid() {
  return shownMessages().findLast(({ author }) => author.id === selectedId)?.content;
}

function shownMessages() {
  return [...channels.get(people.find(selectedId).channelId).values()];
}

function isShown(channelId) {
  return people.find(selectedId)?.channelId === channelId;
}

function showBot(online) {
  document.body.classList.toggle('online', online);
  byId('presence').textContent = online ? 'online' : 'offline';
  byId('bot-name').textContent = people.bot.name;
}

function drawPeople() {
  people.draw(byId('people'), selectedId, unread, (id, byPointer) => {
    choose(id);
    // A keyboard stays where it is; on a touch screen the focus would open the keyboard over the conversation.
    if (byPointer && matchMedia('(hover: hover)').matches) composer.focus();
  });
}

function stopTyping(channelId) {
  clearTimeout(typingTimers.get(channelId));
  typingTimers.delete(channelId);
  drawTyping();
}

function drawTyping() {
  byId('typing').hidden = !typingTimers.has(people.find(selectedId)?.channelId);
  byId('typing-name').textContent = people.bot.name;
}

const tabs = new Tabs(byId('tabs'), (id) => {
  surroundings.isInspected = id === 'inspector';
  conversation.settle();
});
themeButton(byId('theme'));
new ResizeObserver(() => conversation.settle()).observe(byId('scroller'));
keepTimesTrue(byId('messages'));
composer.focus();
