import { createHash } from 'node:crypto'

/** A script that Redis runs as one step, and its name there. */
export interface Script {
  readonly source: string
  readonly digest: string
}

export function script(source: string): Script {
  return { source, digest: createHash('sha1').update(source).digest('hex') }
}
