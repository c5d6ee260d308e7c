const colours = process.stdout.isTTY && process.env['NO_COLOR'] === undefined

export function bold(text: string): string {
  return colours ? `\x1b[1m${text}\x1b[22m` : text
}

/** Prints a line. */
export function say(text = ''): void {
  process.stdout.write(`${text}\n`)
}
