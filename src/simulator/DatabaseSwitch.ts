/** Takes a bot's database away and gives it back: while it is down, every use of it fails as if nothing listened there. */
export class DatabaseSwitch {
  isDown = false;

  /** For the bot, before each use of its database. @throws Error ECONNREFUSED while it is down */
  readonly beforeQuery = (): void => {
    if (!this.isDown) return;
    const error = new Error('connect ECONNREFUSED: the database was switched off on the page.');
    throw Object.assign(error, { code: 'ECONNREFUSED', syscall: 'connect' });
  };
}
