/** Something that whoever starts the sandbox can mend: its message is for them. */
export class SandboxError extends Error {
  override readonly name = 'SandboxError'
}
