import { Random } from './random.js'

/** What a client, the clock or the server does in one step. */
export type ActionKind =
  | 'connect'
  | 'send'
  | 'burst'
  | 'ping'
  | 'close'
  | 'cut'
  | 'end'
  | 'pause'
  | 'resume'
  | 'mute'
  | 'unmute'
  | 'deafen'
  | 'oversize'
  | 'badText'
  | 'badFrame'
  | 'advance'
  | 'disconnect'
  | 'broadcast'
  | 'drain'

/**
 * One step of a schedule: plain data, that makes sense, or does nothing, in whatever situation it meets.
 *
 * @example
 * const schedule: Action[] = [{ kind: 'connect', client: 0, amount: 0 }, { kind: 'cut', client: 0, amount: 0 }]
 */
export interface Action {
  readonly kind: ActionKind
  /** Which client it is about. */
  readonly client: number
  /** From 0, below 1: how much of it, in the action's own terms. */
  readonly amount: number
  /** In place of what `amount` makes: milliseconds to advance, or the code to close with. */
  readonly exactly?: number
}

/** How a client behaves: its actions, by how likely they are. */
type Character = Readonly<Partial<Record<ActionKind, number>>>

const CHARACTERS: { readonly [Name in 'normal' | 'hostile' | 'slow' | 'vanishing' | 'racing']: Character } = {
  normal: { connect: 4, send: 12, burst: 2, ping: 1, close: 1 },
  hostile: { connect: 4, burst: 6, ping: 4, oversize: 2, badText: 2, deafen: 1, mute: 1, close: 1 },
  slow: { connect: 4, send: 4, pause: 3, resume: 2, mute: 1, deafen: 1 },
  vanishing: { connect: 6, send: 4, cut: 3, end: 3 },
  racing: { connect: 8, send: 6, burst: 2, close: 4, cut: 2, disconnect: 2 },
}
/** What happens whoever the clients are. */
const WEATHER: Character = { advance: 10, broadcast: 5, disconnect: 1, drain: 0.05 }
/** How often it is the weather's turn. */
const WEATHER_SHARE = 0.25

/** The character of a client, always the same for the same number. */
function characterOf(client: number): keyof typeof CHARACTERS {
  const names = Object.keys(CHARACTERS) as (keyof typeof CHARACTERS)[]
  return names[client % names.length] as keyof typeof CHARACTERS
}

/** Makes a schedule of `steps` actions for `clients` clients. The same seed makes the same one. */
export function makeSchedule(seed: number, steps: number, clients: number): Action[] {
  const random = new Random(seed)
  return Array.from({ length: steps }, () => {
    const client = random.below(clients)
    const weights = random.chance(WEATHER_SHARE) ? WEATHER : CHARACTERS[characterOf(client)]
    return { kind: weighted(random, weights), client, amount: random.next() }
  })
}

function weighted(random: Random, weights: Character): ActionKind {
  const entries = Object.entries(weights) as [ActionKind, number][]
  let left = random.next() * entries.reduce((sum, [, weight]) => sum + weight, 0)
  for (const [kind, weight] of entries) {
    left -= weight
    if (left < 0) return kind
  }
  return 'advance'
}
