import { inspect } from 'node:util'
import type { LogEvent, Logger, LogLevel } from '@linkspan/core'

type Level = Exclude<LogLevel, 'silent'>

/** One line of a log. */
export interface LogLine {
  readonly level: Level
  readonly fields: Readonly<Record<string, unknown>>
  readonly message: string
}

const ENDS: ReadonlySet<unknown> = new Set<LogEvent>([
  'connection.refused',
  'connection.aborted',
  'connection.closed',
])

/** A logger that keeps what it is told. */
export class LogBook implements Logger {
  readonly lines: LogLine[] = []

  /** The lines of one level. */
  at(level: Level): LogLine[] {
    return this.lines.filter((line) => line.level === level)
  }

  /** The lines that tell how connections ended: one for each. */
  get ends(): LogLine[] {
    return this.lines.filter(({ fields }) => ENDS.has(fields['event']))
  }

  /** Everything in it, causes of errors included, as one text to search in. */
  get text(): string {
    return spelledOut(this.lines)
  }

  debug(fields: object, message: string): void {
    this.#keep('debug', fields, message)
  }

  info(fields: object, message: string): void {
    this.#keep('info', fields, message)
  }

  warn(fields: object, message: string): void {
    this.#keep('warn', fields, message)
  }

  error(fields: object, message: string): void {
    this.#keep('error', fields, message)
  }

  #keep(level: Level, fields: object, message: string): void {
    this.lines.push({ level, fields: { ...fields }, message })
  }
}

/** All that a value shows of itself, to the last depth. */
export function spelledOut(value: unknown): string {
  return inspect(value, { depth: null, maxArrayLength: null, maxStringLength: null, getters: true })
}
