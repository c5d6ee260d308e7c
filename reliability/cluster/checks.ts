import type { Fault, Heard, History, Listener, NodeLife, Said, Stay, Told } from './history.js'
import { BEAT, FLOW, GRACE, LEASE, NOTICED, RECOVERY, SLACK, TIMEOUT } from './times.js'

/** What the promises of the design come to, held against a history. */
export interface Findings {
  /** What was broken, in words. */
  readonly problems: readonly string[]
  /** Messages that somebody was promised, heard or not. */
  readonly promised: number
  /** Those that did not come, and of which the node was told: at most once, never in silence. */
  readonly missed: number
}

/** Everything at once. */
export function check(history: History): Findings {
  const { promised, missed, silent } = losses(history)
  const problems = [
    ...history.incidents,
    ...strays(history),
    ...silent,
    ...unsignalled(history),
    ...complaints(history),
    ...waste(history),
    ...ghosts(history),
    ...disagreements(history),
  ]
  return { problems, promised, missed }
}

/** Nobody hears another tenant, another room, what nobody said, anything twice, or a speaker's words in another order. */
function strays({ said, unanswered, listeners }: History): string[] {
  const words = new Map<number, Pick<Said, 'scope' | 'room' | 'from'>>(unanswered)
  for (const one of said) words.set(one.number, one)
  return listeners.flatMap((listener) => strayAt(listener, words))
}

function strayAt(
  { name, scope, node, heard }: Listener,
  words: ReadonlyMap<number, Pick<Said, 'scope' | 'room' | 'from'>>,
): string[] {
  const found: string[] = []
  const last = new Map<string, number>()
  for (const one of heard) {
    const what = `${name} of ${node.name} (${scope}) heard ${told(one)}`
    const word = words.get(one.number)
    const key = `${one.from} ${one.room}`
    const before = last.get(key) ?? 0
    last.set(key, Math.max(one.number, before))
    if (one.scope !== scope) found.push(`${what}: another tenant's`)
    else if (word === undefined || told(one) !== told({ ...word, number: one.number })) {
      found.push(`${what}: nobody has said it`)
    } else if (!one.member) found.push(`${what}: without being in that room`)
    else if (one.number === before) found.push(`${what}: twice`)
    else if (one.number < before) found.push(`${what}: twice, or after ${before}`)
  }
  return found
}

function told({ number, room, scope, from }: Pick<Heard, 'number' | 'room' | 'scope' | 'from'>): string {
  return `${number} in '${room}' of ${scope}, said by ${from}`
}

/** Who was in a room has heard what was said there, or its node was told that something is missing. */
export function losses(history: History): { promised: number; missed: number; silent: string[] } {
  const heard = new Map(
    history.listeners.map((listener) => [listener, new Set(listener.heard.map(({ number }) => number))]),
  )
  const rooms = new Map<string, Stay[]>()
  for (const stay of history.stays) {
    const key = `${stay.listener.scope} ${stay.room}`
    rooms.set(key, [...(rooms.get(key) ?? []), stay])
  }
  const silent: string[] = []
  let promised = 0
  let missed = 0
  for (const said of history.said) {
    for (const stay of rooms.get(`${said.scope} ${said.room}`) ?? []) {
      if (!isPromised(history.faults, said, stay)) continue
      promised += 1
      if (heard.get(stay.listener)?.has(said.number)) continue
      const { listener } = stay
      if (listener.node !== said.node && wasTold(history.faults, said, listener.node)) missed += 1
      else
        silent.push(
          `${listener.name} of ${listener.node.name} missed ${told(said)} of ${said.node.name}, and nobody was told`,
        )
    }
  }
  return { promised, missed, silent }
}

function isPromised(faults: readonly Fault[], { node: here, at, from, answer }: Said, stay: Stay): boolean {
  const { name, node: there } = stay.listener
  if (answer === 'closed' || name === from) return false
  // What does not go through the engine comes whatever happens to it.
  if (here === there) return stay.from <= at && stay.to >= at + FLOW && there.to >= at + FLOW
  if (answer === 'dropped') return false
  const [ofHere, ofBoth] = [[here], [here, there]].map((nodes) => touching(faults, nodes)) as [
    Fault[],
    Fault[],
  ]
  const due = settled(ofBoth, at)
  // What had not left a node when it was killed is gone with it, and with whoever knew of it.
  if (settled(ofHere, at) > here.to) return false
  return stay.hearing <= at && stay.to >= due && there.to >= due
}

/** Faults that these nodes see. */
function touching(faults: readonly Fault[], nodes: readonly NodeLife[]): Fault[] {
  return faults.filter(
    ({ kind, node, from }) =>
      kind !== 'node killed' &&
      (node === undefined || nodes.some(({ name, to }) => name === node && from < to)),
  )
}

/** When what began at an instant is done, with what fails then or had failed just before. */
function settled(faults: readonly Fault[], at: number): number {
  let due = at + FLOW
  for (const { from, to } of faults) {
    if (from <= due && to + RECOVERY >= at) due = Math.max(due, to + RECOVERY + FLOW)
  }
  return due
}

/**
 * The listening node told of a hole in what the other one says there, or had believed it to be gone; or told, of a fault
 * that concerned it, that it cannot know what it missed.
 */
function wasTold(faults: readonly Fault[], { at, node, scope, room }: Said, there: NodeLife): boolean {
  const seen = touching(faults, [there])
  return there.told.some((one) => {
    if (one.told === 'node') {
      // Its last words may be missing, and all until it is heard of again.
      return one.node === node.name && !one.joined && covers(one.at - 2 * LEASE, backAfter(there, one), at)
    }
    if (one.told !== 'gap' || one.at < at) return false
    if (one.node === node.name) return one.topic === undefined || (one.topic === room && one.scope === scope)
    if (one.node !== undefined) return false
    if (one.topic !== undefined && (one.topic !== room || one.scope !== scope)) return false
    return seen.some(
      ({ from, to }) => covers(from - FLOW, one.at, at) && covers(from, to + RECOVERY + SLACK, one.at),
    )
  })
}

function backAfter({ told }: NodeLife, gone: Told & { told: 'node' }): number {
  const back = told.find(
    (one) => one.told === 'node' && one.joined && one.node === gone.node && one.at >= gone.at,
  )
  return back?.at ?? Infinity
}

const covers = (from: number, to: number, at: number): boolean => from <= at && at <= to

/** A connection that is cut is noticed: whoever lives through it says that the engine is away, and that it is back. */
function unsignalled({ nodes, faults }: History): string[] {
  const found: string[] = []
  for (const fault of faults) {
    if (fault.kind !== 'engine killed' && fault.kind !== 'node cut off') continue
    if (fault.to - fault.from < NOTICED) continue
    for (const node of nodes) {
      if (fault.node !== undefined && fault.node !== node.name) continue
      if (node.from > fault.from || node.to < fault.to + RECOVERY) continue
      const statuses = node.told.filter((one) => one.told === 'broker')
      // It may not have come back from what was before.
      const before = statuses.findLast(({ at }) => at < fault.from)?.status
      const isTold = statuses.some(
        ({ at, status }) => status === 'down' && covers(fault.from, fault.to + RECOVERY, at),
      )
      if (before !== 'down' && !isTold)
        found.push(`${node.name} did not say that the engine is away: ${fault.kind}`)
    }
  }
  for (const { name, to, told } of nodes) {
    const last = told.findLast((one) => one.told === 'broker')
    if (to === Infinity && last?.status !== 'up')
      found.push(`${name} ended '${last?.status}', and the engine is there`)
  }
  return found
}

/** Errors that no fault of the engine explains, and what nodes themselves found wrong. */
function complaints({ nodes, faults }: History): string[] {
  return nodes.flatMap((node) =>
    node.told.flatMap((one) => {
      if (one.told === 'presence') return [`${node.name}: ${one.problem}`]
      if (one.told !== 'error') return []
      const isExplained = touching(faults, [node]).some(({ from, to }) => covers(from, to + RECOVERY, one.at))
      return one.code === 'LINKSPAN_BROKER' && isExplained
        ? []
        : [`${node.name}: ${one.code}: ${one.message}`]
    }),
  )
}

/** Nothing of a room arrives at a node that has nobody there. */
function waste({ nodes, faults }: History): string[] {
  return nodes.flatMap((node) =>
    node.told.flatMap((one) => {
      if (one.told !== 'wasted') return []
      const where = `${node.name} was sent something for '${one.room}' of ${one.scope}`
      if (one.idle === null) return [`${where}, where it never had anybody`]
      // The engine has to answer before a node is rid of a room.
      if (one.idle <= GRACE + TIMEOUT + SLACK) return []
      const isExcused = touching(faults, [node]).some(({ from, to }) => covers(from, to + RECOVERY, one.at))
      return isExcused ? [] : [`${where}, where it has had nobody for ${one.idle} ms`]
    }),
  )
}

/** Those of a node that was killed are gone when its lease is. */
function ghosts({ ghosts, nodes }: History): string[] {
  return ghosts
    .filter(({ seenBy, at, milliseconds }) => {
      // Who could hear nobody gives everybody another lease when it can.
      const told = nodes.filter(({ name }) => name === seenBy).flatMap((node) => node.told)
      const ups = told.filter(
        (one) => one.told === 'broker' && one.status === 'up' && covers(at, at + milliseconds, one.at),
      )
      const since = Math.max(at, ...ups.map((one) => one.at))
      return at + milliseconds - since > LEASE + BEAT + SLACK
    })
    .map(
      ({ killed, seenBy, milliseconds }) =>
        `${seenBy} still had those of ${killed}, ${milliseconds} ms after its death`,
    )
}

/** At rest all nodes agree on who is present. */
export function disagreements({ rolls }: History): string[] {
  return rolls
    .filter(({ seen, there }) => [...seen].sort().join() !== [...there].sort().join())
    .map(({ node, scope, room, seen, there }) => {
      const missing = there.filter((name) => !seen.includes(name))
      const more = seen.filter((name) => !there.includes(name))
      return `${node} sees ${seen.length} of ${there.length} in '${room}' of ${scope}: it lacks ${missing.join() || 'nobody'}, and has ${more.join() || 'nobody'} besides`
    })
}
