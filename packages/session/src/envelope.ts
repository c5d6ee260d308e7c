/** Of how many writes the envelope carries the marks. */
const MOST_MARKS = 8

/** What is kept in a store. */
export interface Envelope {
  readonly values: object
  /** The latest writes: a writer that got no answer finds out here whether it has written. */
  readonly marks: readonly string[]
}

/** Writes an envelope: the values as JSON already, and the marks of the latest writes, this one's last. */
export function seal(text: string, marks: readonly string[]): string {
  return `{"m":${JSON.stringify(marks)},"v":${text}}`
}

/** Reads an envelope; `undefined` for what is none. */
export function unseal(data: string): Envelope | undefined {
  try {
    const { m: marks, v: values } = JSON.parse(data) as { m?: unknown; v?: unknown }
    if (!Array.isArray(marks) || typeof values !== 'object' || values === null) return undefined
    return { values, marks: marks.map(String) }
  } catch {
    return undefined
  }
}

/** The marks after one more write. */
export function marked(marks: readonly string[], mark: string): readonly string[] {
  return [...marks, mark].slice(-MOST_MARKS)
}
