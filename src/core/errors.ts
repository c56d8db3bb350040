/**
 * Every way in which the bot refuses to start (or stops at once), with the exit status that the process ends with:
 * 1 the operator can mend it (environment, token, folder, port), 2 Discord closed the session for good, 3 wrong assembly.
 */
export const kernelErrors = {
  BadEnvironment: 1,
  BadToken: 1,
  BackupUnusable: 1,
  DataDirLocked: 1,
  DatabaseUnusable: 1,
  JournalUnusable: 1,
  PortTaken: 1,
  SchemaTooNew: 1,
  ClosedByDiscord: 2,
  DuplicatePlugin: 3,
  DuplicatePiece: 3,
  ForeignPiece: 3,
  DuplicateService: 3,
  MissingService: 3,
  CircularNeed: 3,
  MissingPrivacy: 3,
  PluginFailed: 3,
} as const;

export type KernelErrorCode = keyof typeof kernelErrors;

/** A fault that ends the boot; its message names the cause and the cure. docs/ERRORS.md explains each code. */
export class KernelError extends Error {
  override readonly name = 'KernelError';
  readonly code: KernelErrorCode;

  constructor(code: KernelErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }

  /** The exit status of a process that ends because of this error. */
  get exitStatus(): number {
    return kernelErrors[this.code];
  }
}
