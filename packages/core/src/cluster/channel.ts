/** What a channel is for. */
export type ChannelKind = 'topic' | 'presence' | 'all' | 'bus' | 'beat' | 'node'

/**
 * When what waits for a channel may go out after an outage: `patient` waits until other nodes are back too, `prompt` until
 * the engine is. What is `fleeting` is prompt, and worth nothing later: it is not tried again while the engine is away.
 */
export type Urgency = 'patient' | 'prompt' | 'fleeting'

const PATIENT: readonly string[] = ['topic', 'all', 'bus'] satisfies ChannelKind[]
const FLEETING: readonly string[] = ['beat', 'node'] satisfies ChannelKind[]

const utf8 = new TextEncoder()
/** What stands for itself in the syntax of every engine. */
const PLAIN = /^[A-Za-z0-9_-]+$/
/** For a part that is not there; and for one that is there and empty. No escape looks like them. */
const ABSENT = '~'
const EMPTY = '~~'

/**
 * The one name of a channel, for every engine: parts without ambiguity, of characters that mean nothing to any of them
 * (`*`, `>`, `#`, spaces and all that is not ASCII are written as `~` and two hexadecimal digits a byte).
 */
export function channelName(
  app: string,
  kind: ChannelKind,
  ...parts: readonly (string | undefined)[]
): string {
  return [app, kind, ...parts].map(escaped).join('.')
}

/** Of a channel that `channelName` has named. */
export function urgencyOf(channel: string): Urgency {
  const [, kind = ''] = channel.split('.', 2)
  if (PATIENT.includes(kind)) return 'patient'
  // Presence is prompt: rooms tell each other anew who is there, and whoever did so late would be believed gone.
  return FLEETING.includes(kind) ? 'fleeting' : 'prompt'
}

function escaped(part: string | undefined): string {
  if (part === undefined) return ABSENT
  if (part === '') return EMPTY
  if (PLAIN.test(part)) return part
  let name = ''
  for (const byte of utf8.encode(part)) {
    const character = String.fromCharCode(byte)
    name += byte < 128 && PLAIN.test(character) ? character : `~${byte.toString(16).padStart(2, '0')}`
  }
  return name
}

/**
 * A channel's name for an engine whose names are short: itself where it fits, else what `digest` makes of it, which then
 * has to be as good as unique (SHA-256 in hexadecimal digits, say).
 *
 * @example
 * const key = shortChannel(channel, 255, (name) => createHash('sha256').update(name).digest('hex'))
 */
export function shortChannel(channel: string, limit: number, digest: (channel: string) => string): string {
  // No channel begins like this: names of applications are escaped too.
  return channel.length <= limit ? channel : `~h.${digest(channel)}`
}
