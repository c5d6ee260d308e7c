import { fileURLToPath } from 'node:url'
import { type SendResult, systemClock, within } from '@linkspan/core'
import { Random } from '@linkspan/testing'
import { FaultProxy } from '../../tests/support/fault-proxy.js'
import { Child } from '../child.js'
import type { Address } from './brokers.js'
import { Client, type ClientOwner } from './client.js'
import type { EngineName } from './engine-names.js'
import type { Engine } from './engines.js'
import type { Fault, FaultKind, Ghosts, History, NodeLife, Roll, Said, Stay, Told } from './history.js'
import { islandOf, NODES, ROOMS, SCOPES } from './rooms.js'

const PROGRAM = fileURLToPath(new URL('node.ts', import.meta.url))

/** How long a node's process may take for anything, in milliseconds: also to start, on a busy machine. */
const PATIENCE = 60_000

/** A node that runs: its life so far, and the process. */
export interface RunningNode {
  readonly life: NodeLife
  readonly child: Child
}

/** Three nodes in processes of their own, an engine, a network between each node and the engine, and all the clients. */
export class Fleet implements ClientOwner {
  readonly random: Random
  readonly nodes: NodeLife[] = []
  readonly faults: Fault[] = []
  readonly words: Said[] = []
  readonly unanswered = new Map<number, Pick<Said, 'scope' | 'room' | 'from'>>()
  readonly listeners: Client[] = []
  readonly stays: Stay[] = []
  readonly ghosts: Ghosts[] = []
  readonly rolls: Roll[] = []
  readonly incidents: string[] = []
  readonly engine: Engine
  readonly #name: EngineName
  readonly #networks = new Map<string, readonly FaultProxy[]>()
  readonly #running = new Map<string, RunningNode>()
  #numbers = 0
  #over = false

  private constructor(name: EngineName, engine: Engine, seed: number) {
    this.#name = name
    this.engine = engine
    this.random = new Random(seed)
  }

  static async start(name: EngineName, engine: Engine, seed: number): Promise<Fleet> {
    const fleet = new Fleet(name, engine, seed)
    for (const node of NODES) {
      fleet.#networks.set(node, await Promise.all(engine.ports.map((port) => FaultProxy.to(port))))
    }
    await Promise.all(NODES.map((node) => fleet.begin(node)))
    return fleet
  }

  get running(): readonly RunningNode[] {
    return [...this.#running.values()]
  }

  /** Everything that happened so far. */
  get history(): History {
    const { nodes, faults, words: said, unanswered, listeners, stays, ghosts, rolls, incidents } = this
    return { nodes, faults, said, unanswered, listeners, stays, ghosts, rolls, incidents }
  }

  /** Those who can act. */
  get clients(): readonly Client[] {
    return this.listeners.filter((client) => client.isOpen)
  }

  /** Begins a node, or a further life of one that was killed, and waits until it takes part. */
  async begin(name: string): Promise<void> {
    const through = (this.#networks.get(name) ?? []).map(({ port }) => port)
    const address: Address = { own: this.engine.ports, through }
    const told: Told[] = []
    const settings = { NODE: name, ENGINE: this.#name, ADDRESS: JSON.stringify(address) }
    const child = await Child.run(PROGRAM, settings, (one) => told.push(one as Told))
    const life: NodeLife = { name, from: Date.now(), to: Infinity, told }
    this.nodes.push(life)
    this.#running.set(name, { life, child })
    await this.ask(name, 'ready')
  }

  ask<Answer>(node: string, what: string, about?: unknown): Promise<Answer> {
    const running = this.#running.get(node)
    if (running === undefined) throw new Error(`there is no node '${node}'`)
    const late = (): Error => new Error(`${node} had no answer to '${what}' within ${PATIENCE} ms`)
    return within(systemClock, PATIENCE, running.child.ask<Answer>(what, about), late)
  }

  // clients ─────────────────────────────────────────────────────────────────────────────────────────────────────────

  /** Somebody new at a node, in some rooms. */
  async enter(node: string): Promise<void> {
    const running = this.#running.get(node)
    if (running === undefined) return
    const name = `v${this.listeners.length + 1}`
    const client = new Client(name, this.random.pick(SCOPES), running.life, running.child.port, this)
    this.listeners.push(client)
    try {
      await client.opened
    } catch (thrown) {
      if (running.life.to === Infinity)
        this.incidents.push(`${name} did not get in at ${node}: ${String(thrown)}`)
      return
    }
    client.join(this.random.pick(ROOMS))
    client.join(this.random.pick(ROOMS))
    if (this.random.chance(0.3)) client.join(islandOf(node))
  }

  say(client: Client, room: string): void {
    const number = this.number()
    this.unanswered.set(number, { scope: client.scope, room, from: client.name })
    client.say(room, number)
  }

  number(): number {
    this.#numbers += 1
    return this.#numbers
  }

  leave(client: Client, room: string): void {
    this.#ends(client, room)
    client.leave(room)
  }

  vanish(client: Client): void {
    this.#ends(client)
    client.vanish()
  }

  joined(client: Client, room: string): void {
    this.stays.push({ listener: client, room, from: Date.now(), hearing: Infinity, to: Infinity })
  }

  hears(client: Client, room: string): void {
    const stay = this.stays.findLast((one) => one.listener === client && one.room === room)
    if (stay !== undefined) stay.hearing = Math.min(stay.hearing, Date.now())
  }

  said(client: Client, number: number, at: number, answer: SendResult): void {
    const word = this.unanswered.get(number)
    if (word === undefined)
      return void this.incidents.push(`${client.name} was answered ${number}, which it never said`)
    this.unanswered.delete(number)
    this.words.push({ at, node: client.node, number, answer, ...word })
  }

  lost(client: Client, code: number): void {
    // At the end all are sent away: they were there until then, and nothing is said any more.
    if (this.#over) return
    this.#ends(client)
    if (client.node.to === Infinity) {
      this.incidents.push(
        `${client.name} of ${client.node.name} was cut off with ${code}, and nobody had asked for that`,
      )
    }
  }

  #ends(client: Client, room?: string): void {
    for (const stay of this.stays) {
      if (stay.listener !== client || stay.to < Infinity) continue
      if (room === undefined || stay.room === room) stay.to = Date.now()
    }
  }

  // what is done to it ──────────────────────────────────────────────────────────────────────────────────────────────

  /** Begins a fault; answers what ends it. */
  fail(kind: FaultKind, node?: string): { over(): void } {
    const fault: Fault = { kind, node, from: Date.now(), to: Infinity }
    this.faults.push(fault)
    return {
      over: () => {
        fault.to = Date.now()
      },
    }
  }

  networkOf(node: string): readonly FaultProxy[] {
    return this.#networks.get(node) ?? []
  }

  /** A node's process is gone at once. */
  async kill(node: string): Promise<void> {
    const running = this.#running.get(node)
    if (running === undefined) return
    running.life.to = Date.now()
    this.#running.delete(node)
    for (const client of this.clients) if (client.node === running.life) this.vanish(client)
    await running.child.end()
  }

  // the end ─────────────────────────────────────────────────────────────────────────────────────────────────────────

  /** Who is in which rooms: names, by `scope room`. */
  get present(): ReadonlyMap<string, readonly string[]> {
    const present = new Map<string, string[]>()
    for (const { listener, room, to } of this.stays) {
      if (to < Infinity) continue
      const key = `${listener.scope} ${room}`
      present.set(key, [...(present.get(key) ?? []), listener.name])
    }
    return present
  }

  /** Ends all nodes in order. Answers what was wrong about that. */
  async end(): Promise<string[]> {
    this.#over = true
    const found = await Promise.all(
      this.running.map(async ({ life: { name }, child }) => {
        await this.ask(name, 'end')
        const late = (): Error => new Error(`${name} did not end by itself within ${PATIENCE} ms`)
        const { code, signal } = await within(systemClock, PATIENCE, child.exited, late)
        return [
          ...(code === 0 ? [] : [`${name} ended with ${code ?? signal}`]),
          ...(child.output === '' ? [] : [`${name} printed: ${child.output.slice(0, 2_000)}`]),
        ]
      }),
    )
    this.#running.clear()
    return found.flat()
  }

  /** Ends whatever is left. */
  async destroy(): Promise<void> {
    this.#over = true
    for (const client of this.listeners) client.vanish()
    await Promise.all(this.running.map(({ child }) => child.end()))
    await Promise.all([...this.#networks.values()].flat().map((proxy) => proxy.close()))
  }
}
