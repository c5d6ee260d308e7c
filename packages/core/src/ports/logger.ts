/**
 * Where log lines go. The shape is pino's: fields first, then a sentence. Any pino, bunyan or Fastify logger fits.
 *
 * Every line has a field `event`; docs/logs.md has a table of all of them. Fields never carry payloads, urls, header
 * values, credentials or what a peer wrote as its reason. An error of yours is passed on as `err`, as it is.
 *
 * @example
 * linkspan({ logger: pino() })
 */
export interface Logger {
  debug(fields: object, message: string): void
  info(fields: object, message: string): void
  warn(fields: object, message: string): void
  error(fields: object, message: string): void
  /** Whether lines of a level go anywhere: those that do not are not made. Default: they do. */
  isLevelEnabled?(level: string): boolean
}

const silent = (): void => {}

/**
 * The default logger: errors to the console, nothing else.
 *
 * @example
 * linkspan({ logger: consoleLogger })
 */
export const consoleLogger: Logger = {
  debug: silent,
  info: silent,
  warn: silent,
  error: (fields, message) => console.error(message, fields),
  isLevelEnabled: (level) => level === 'error',
}
