/** Prints a line of JSON, at once. */
export function say(what: object): void {
  process.stdout.write(`${JSON.stringify(what)}\n`)
}
