/**
 * Where log lines go. The shape is pino's: fields first, then a sentence. Any pino, bunyan or Fastify logger fits.
 *
 * Fields never carry payloads, query strings, header values or credentials.
 *
 * @example
 * linkspan({ logger: pino() })
 */
export interface Logger {
  debug(fields: object, message: string): void
  info(fields: object, message: string): void
  warn(fields: object, message: string): void
  error(fields: object, message: string): void
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
}
