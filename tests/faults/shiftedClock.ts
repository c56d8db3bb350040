/**
 * Loaded before a bot (`node --import`): its clock is wrong by `CLOCK_SHIFT` milliseconds from the start, and by
 * `CLOCK_JUMP` from SIGUSR2 on.
 */
const { now } = Date;
let shift = Number(process.env.CLOCK_SHIFT ?? 0);
process.on('SIGUSR2', () => {
  shift = Number(process.env.CLOCK_JUMP ?? 0);
});
Date.now = () => now() + shift;
const Shifted: DateConstructor = new Proxy(Date, {
  construct: (target, parameters, newTarget) =>
    Reflect.construct(
      target,
      parameters.length === 0 ? [Date.now()] : parameters,
      newTarget === Shifted ? target : newTarget,
    ),
  apply: () => new Shifted().toString(),
});
globalThis.Date = Shifted;
