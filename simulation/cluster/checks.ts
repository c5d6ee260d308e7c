import type { PresenceMember } from '@linkspan/core'
import { BEAT, type Fleet, type FleetNode, LEASE, type Said, type Stay } from './fleet.js'
import { SETTLED } from './schedule.js'

/** As long as something may be on its way, in milliseconds. */
const FLOW = 15_000
/** As long as it may take until a loss shows, in milliseconds. An outage before that tells of it too. */
const SHOWN = LEASE + 2 * BEAT + 1_000

/** What DESIGN §7 promises, held against everything that happened. */
export interface Findings {
  /** What was broken, in words. */
  readonly problems: readonly string[]
  /** What somebody in a room did not hear, and its node was told. */
  readonly missed: number
  /** What somebody was to hear after it had waited for the engine; and what of that was missed. */
  readonly waited: number
  readonly late: number
}

export async function check(fleet: Fleet): Promise<Findings> {
  const { silent, ...counts } = losses(fleet)
  const problems = [
    ...fleet.errors,
    ...fleet.wasted,
    ...strays(fleet),
    ...silent,
    ...(await disagreements(fleet)),
  ]
  return { problems, ...counts }
}

/** Nobody hears another scope, another room, anything twice, or two words of one speaker in the wrong order. */
function strays(fleet: Fleet): string[] {
  const found: string[] = []
  for (const node of fleet.nodes) {
    for (const { name, scope, heard } of node.visitors) {
      const last = new Map<string, number>()
      for (const one of heard) {
        const what = `${name} of ${node.name} (${scope}) heard ${JSON.stringify(one)}`
        if (one.scope !== scope) found.push(`${what}: another scope`)
        if (one.number === 0) continue
        const key = `${one.from} ${one.room}`
        if (one.number <= (last.get(key) ?? 0)) found.push(`${what}: twice, or out of order`)
        last.set(key, one.number)
      }
    }
  }
  return found
}

/** Who was in a room has heard what was said there, or its node was told that something is missing. */
function losses(fleet: Fleet): Omit<Findings, 'problems'> & { readonly silent: readonly string[] } {
  const silent: string[] = []
  let [missed, waited, late] = [0, 0, 0]
  for (const said of fleet.said) {
    if (said.answer === 'dropped' || said.answer === 'closed') continue
    // Nobody knows what a node had not published yet when it died.
    if (said.node.endedAt < said.at + FLOW || (said.node.isCut && said.node.endedAt < Infinity)) continue
    for (const stay of fleet.stays) {
      if (!promised(said, stay)) continue
      const hasWaited =
        said.node !== stay.node && said.node.outages.some(({ from, to }) => from <= said.at && to >= said.at)
      if (hasWaited) waited += 1
      if (hasHeard(said, stay)) continue
      if (hasWaited) late += 1
      if (wasTold(said, stay)) missed += 1
      // Whoever leaves before that is not told of a room any more.
      else if (stay.to >= shown(said))
        silent.push(
          `${stay.visitor.name} of ${stay.node.name} missed ${said.number} in ${said.room}, said by ${said.from} of ${said.node.name} at ${said.at}, and nobody was told`,
        )
    }
  }
  return { silent, missed, waited, late }
}

function promised(said: Said, stay: Stay): boolean {
  const { at, scope, room, from } = said
  const { visitor, node } = stay
  return (
    visitor.scope === scope &&
    stay.room === room &&
    visitor.name !== from &&
    stay.from + SETTLED <= at &&
    stay.to >= due(said) &&
    node.endedAt === Infinity
  )
}

/** By when it has arrived, if at all: what is said while the engine is away waits until it is back. */
function due({ at, node }: Said): number {
  const away = node.outages.find((outage) => outage.from <= at + FLOW && outage.to >= at)
  return Math.max(at, away?.to ?? 0) + FLOW
}

/** By when it has shown that it is missing. */
function shown(said: Said): number {
  return due(said) + SHOWN - FLOW
}

function hasHeard({ number }: Said, { visitor }: Stay): boolean {
  return visitor.heard.some((one) => one.number === number)
}

/**
 * Either it came back from an outage then, or saw a hole in what that node says there, or believed that node to be gone, or
 * had heard too little for too long to know of whom.
 */
function wasTold(said: Said, stay: Stay): boolean {
  const { at, node, scope, room } = said
  const { gaps, outages, absences } = stay.node
  if (absences.some((absence) => absence.node === node.name && absence.to >= at)) return true
  const away = outages.some(({ from, to }) => from <= shown(said) && to >= at - SETTLED)
  return gaps.some((gap) => {
    // What a node cannot know of is what was lost in the second after it listened again: the gap told then is of that too.
    if (gap.at < at - 1_000) return false
    if (gap.node === node.name) return gap.topic === undefined || (gap.topic === room && gap.scope === scope)
    if (gap.node !== undefined || gap.topic !== undefined) return false
    return away || !outages.some(({ from, to }) => from <= gap.at && gap.at <= to + SETTLED)
  })
}

/** At rest all nodes know of all others, and agree on who is present. */
async function disagreements(fleet: Fleet): Promise<string[]> {
  const found: string[] = []
  const { living, clock } = fleet
  const names = living.map(({ name }) => name).sort()
  const truth = new Map<string, Set<string>>()
  for (const { visitor, room, to } of fleet.stays) {
    if (to < Infinity) continue
    const key = `${visitor.scope} ${room}`
    truth.set(key, (truth.get(key) ?? new Set()).add(visitor.name))
  }
  for (const node of living) {
    const asked = node.app.cluster({ timeout: LEASE })
    await clock.advance(1_000)
    const { results, missingNodes } = await asked
    const known = results.map((one) => one.node).sort()
    if (missingNodes.length > 0 || known.join() !== names.join()) {
      found.push(
        `${node.name} knows ${known.join()} and misses ${missingNodes.join()}, and there are ${names.join()}`,
      )
    }
    for (const [key, present] of truth) {
      const [scope = '', room = ''] = key.split(' ')
      const list = node.app.scope(scope).presence(room).list()
      if (list.length > 0 || isThere(node, scope, room)) found.push(...unlike(node, key, list, present))
    }
  }
  return found
}

function isThere({ visitors }: FleetNode, scope: string, room: string): boolean {
  return [...visitors].some((visitor) => visitor.scope === scope && visitor.rooms.has(room))
}

function unlike(
  { name }: FleetNode,
  key: string,
  list: readonly PresenceMember[],
  present: ReadonlySet<string>,
): string[] {
  const seen = list.map(({ subject }) => subject).sort()
  const there = [...present].sort()
  return seen.join() === there.join()
    ? []
    : [`${name} sees ${seen.join()} in ${key}, where ${there.join()} are`]
}
