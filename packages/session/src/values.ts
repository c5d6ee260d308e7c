import { sessionError } from './errors.js'

/** As it is after a journey through JSON, and frozen: `get` shows it, `set` and `update` change it. */
export type Frozen<Value> = Value extends object
  ? { readonly [Key in keyof Value]: Frozen<Value[Key]> }
  : Value

/** The values of a session at one time, as they are and as they are written. */
export interface Snapshot {
  readonly values: Readonly<Record<string, unknown>>
  readonly text: string
}

/**
 * Takes values for what JSON makes of them, so that they are now what they will be when they come back.
 *
 * @throws LinkspanError where they are no object, JSON cannot hold them, or they are larger than `maxSize` bytes
 */
export function snapshot(values: object, maxSize: number): Snapshot {
  const text = written(values)
  if (sizeOf(text) > maxSize) {
    throw sessionError(`a session takes ${maxSize} bytes of JSON: keep less in it, or raise maxSize.`)
  }
  return { text, values: JSON.parse(text, (_key, value: unknown) => Object.freeze(value)) }
}

/** A copy that may be changed. */
export function draftOf({ text }: Snapshot): Record<string, unknown> {
  return JSON.parse(text)
}

function written(values: object): string {
  let text: string | undefined
  try {
    text = JSON.stringify(values)
  } catch (thrown) {
    throw sessionError('a session holds what JSON can: no cycles, no bigint.', thrown)
  }
  if (text?.startsWith('{')) return text
  throw sessionError('the values of a session are a plain object.')
}

function sizeOf(text: string): number {
  return new TextEncoder().encode(text).length
}
