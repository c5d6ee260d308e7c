import { createHash } from 'node:crypto'
import { shortChannel } from '@linkspan/core'

/**
 * The longest subject, in characters. A server takes lines of 4,096 bytes (`max_control_line`), in which an account and an
 * inbox may stand as well, and compares subjects part by part.
 */
const LONGEST = 1_000

/** The subject of a channel: the channel itself, whose parts stand between dots as those of subjects do. */
export function subjectOf(channel: string): string {
  return shortChannel(channel, LONGEST, (name) => createHash('sha256').update(name).digest('hex'))
}
