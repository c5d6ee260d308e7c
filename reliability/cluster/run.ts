import { setTimeout as after } from 'node:timers/promises'
import type { Stats } from '@linkspan/core'
import { check, disagreements, losses } from './checks.js'
import type { EngineName } from './engine-names.js'
import { engines } from './engines.js'
import { misfortunes } from './faults.js'
import { Fleet } from './fleet.js'
import type { FaultKind, Roll } from './history.js'
import { islandOf, NODES } from './rooms.js'
import { BEAT, LEASE, RECOVERY, SLACK } from './times.js'
import { crowd, lastWords, traffic } from './traffic.js'

export interface ClusterOptions {
  readonly engine: EngineName
  /** How long faults go on; each comes once at least. */
  readonly seconds: number
  readonly seed: number
  /** Told of what happens. */
  readonly tell?: (line: string) => void
}

/** What happened to three nodes and their clients, and what was not as promised. */
export interface ClusterReport {
  readonly engine: EngineName
  /** Seconds altogether, with the engine's start. */
  readonly seconds: number
  readonly clients: number
  /** How often each fault was there. */
  readonly faults: Readonly<Record<string, number>>
  /** What cannot be done to this engine, and why. */
  readonly spared: Readonly<Partial<Record<FaultKind, string>>>
  /** Messages published, how many had to arrive somewhere, and how many of those did not, which was told. */
  readonly said: number
  readonly promised: number
  readonly missed: number
  readonly heard: number
  readonly gaps: number
  /** Times that a node said that the engine is away. */
  readonly outages: number
  /** What nodes received of others, all of it, and what came twice. */
  readonly received: number
  readonly duplicates: number
  /** Messages of rooms that only one node is in, and how many of them reached another. */
  readonly islands: { readonly said: number; readonly wasted: number }
  /** The longest that anybody of a killed node was still present elsewhere, in milliseconds; what is promised; and after
   * which time all agreed on who is present when all faults were over. */
  readonly ghosts: number
  readonly lease: number
  readonly agreed: number
  readonly problems: readonly string[]
}

/** Lets an engine and three nodes live through faults, and checks what came of it. */
export async function cluster({
  engine: name,
  seconds,
  seed,
  tell = () => {},
}: ClusterOptions): Promise<ClusterReport> {
  const began = performance.now()
  const engine = await engines[name]()
  let fleet: Fleet | undefined
  try {
    fleet = await Fleet.start(name, engine, seed)
    return await lived(fleet, { name, seconds, began, tell })
  } finally {
    await fleet?.destroy()
    await engine.stop()
  }
}

interface Course {
  readonly name: EngineName
  readonly seconds: number
  readonly began: number
  readonly tell: (line: string) => void
}

async function lived(fleet: Fleet, { name, seconds, began, tell }: Course): Promise<ClusterReport> {
  const passed = (): number => Math.round((performance.now() - began) / 100) / 10
  const note = (line: string): void => tell(`${passed().toFixed(1).padStart(6)} s  ${line}`)
  await Promise.all(NODES.map((node) => crowd(fleet, node)))
  note(`${fleet.clients.length} clients are in`)
  let goesOn = true
  const talking = traffic(fleet, () => goesOn)
  await misfortunes(fleet, seconds * 1_000, note)
  goesOn = false
  await talking
  const agreed = await atRest(fleet, note)
  const stats = await Promise.all(fleet.running.map(({ life }) => fleet.ask<Stats>(life.name, 'stats')))
  fleet.incidents.push(...(await fleet.end()))
  const { problems, promised, missed } = check(fleet.history)
  note(
    `${fleet.words.length} messages were said, ${promised} had to arrive, ${missed} did not and were told of`,
  )
  const told = fleet.nodes.flatMap((node) => node.told)
  const islands = NODES.map(islandOf)
  const faults: Record<string, number> = {}
  for (const { kind } of fleet.faults) faults[kind] = (faults[kind] ?? 0) + 1
  return {
    ...{ engine: name, seconds: passed(), clients: fleet.listeners.length },
    ...{ faults, spared: fleet.engine.spared, promised, missed, agreed, problems },
    said: fleet.words.length,
    heard: fleet.listeners.reduce((sum, { heard }) => sum + heard.length, 0),
    gaps: told.filter((one) => one.told === 'gap').length,
    outages: told.filter((one) => one.told === 'broker' && one.status === 'down').length,
    received: stats.reduce((sum, { totals }) => sum + totals.broker.received, 0),
    duplicates: stats.reduce((sum, { totals }) => sum + totals.broker.duplicates, 0),
    islands: {
      said: fleet.words.filter(({ room }) => islands.includes(room)).length,
      wasted: told.filter((one) => one.told === 'wasted' && one.idle === null).length,
    },
    ghosts: Math.max(...fleet.ghosts.map(({ milliseconds }) => milliseconds)),
    lease: LEASE + BEAT,
  }
}

/** All faults are over: nodes find each other again, agree on who is there, and tell what they missed. */
async function atRest(fleet: Fleet, note: (line: string) => void): Promise<number> {
  const began = performance.now()
  await Promise.all(fleet.running.map(({ life }) => fleet.ask(life.name, 'ready')))
  await holds(LEASE + 2 * BEAT + RECOVERY + SLACK, async () => {
    const known = await Promise.all(fleet.running.map(({ life }) => fleet.ask<string[]>(life.name, 'nodes')))
    if (known.some((names) => names.length < NODES.length)) return false
    const rolls = await roll(fleet)
    fleet.rolls.splice(0, Infinity, ...rolls)
    return disagreements(fleet.history).length === 0
  })
  const agreed = Math.round(performance.now() - began)
  note(`all agree on who is present, ${agreed} ms after the last fault`)
  await lastWords(fleet)
  // A node is told how far the others have got with each beat, and looks at it with its next one.
  await holds(4 * BEAT + SLACK, async () => losses(fleet.history).silent.length === 0)
  return agreed
}

async function roll(fleet: Fleet): Promise<Roll[]> {
  const { present } = fleet
  const seen = await Promise.all(
    fleet.running.map(async ({ life: { name } }) => ({
      node: name,
      lists: await fleet.ask<Record<string, string[]>>(name, 'presence'),
    })),
  )
  return seen.flatMap(({ node, lists }) =>
    Object.entries(lists).map(([key, names]) => {
      const [scope = '', room = ''] = key.split(' ')
      return { node, scope, room, seen: names, there: present.get(key) ?? [] }
    }),
  )
}

/** Waits until it is so, some milliseconds at most: what is not so then is found by the checks. */
async function holds(patience: number, isSo: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + patience
  while (!(await isSo()) && performance.now() < deadline) await after(100)
}
