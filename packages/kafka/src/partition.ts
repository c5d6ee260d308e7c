/**
 * The partition of a channel, of `count`: every node answers the same, whether a partition has a leader just now or not,
 * since the order of a channel hangs on it. FNV-1a: channels are ASCII.
 */
export function partitionOf(channel: string, count: number): number {
  let hash = 0x811c9dc5
  for (let index = 0; index < channel.length; index += 1) {
    hash = Math.imul(hash ^ channel.charCodeAt(index), 0x01000193)
  }
  return (hash >>> 0) % count
}
