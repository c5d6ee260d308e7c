import type { BrokerStatus, SendResult } from '@linkspan/core'

// Everything that happened to a few nodes and their clients. All processes are on one machine: instants are milliseconds of
// its wall clock, and can be compared.

/** What is done to the engine or to nodes, for a while. */
export type FaultKind = 'engine paused' | 'engine killed' | 'node cut off' | 'node held up' | 'node killed'

/** One that was done. */
export interface Fault {
  readonly kind: FaultKind
  /** The one it was done to; an engine's concerns all. */
  readonly node: string | undefined
  readonly from: number
  /** When it was over: the engine answers again, the network carries again. */
  to: number
}

/** Something that a node told, when it did. */
export type Told = { readonly at: number } & (
  | {
      readonly told: 'gap'
      readonly topic: string | undefined
      readonly scope: string | undefined
      readonly node: string | undefined
      readonly missed: number | undefined
    }
  | { readonly told: 'broker'; readonly status: BrokerStatus }
  | { readonly told: 'node'; readonly node: string; readonly joined: boolean }
  | { readonly told: 'error'; readonly code: string; readonly message: string }
  /** A payload arrived for a room in which the node has nobody: since so many milliseconds; `null`: it never had. */
  | { readonly told: 'wasted'; readonly scope: string; readonly room: string; readonly idle: number | null }
  /** Somebody joined or left a room's presence a second time. */
  | { readonly told: 'presence'; readonly problem: string }
)

/** One life of a node: the process under its name, until it was killed. */
export interface NodeLife {
  readonly name: string
  readonly from: number
  /** When it was killed. */
  to: number
  readonly told: Told[]
}

/** What was published in a room. */
export interface Said {
  readonly at: number
  readonly node: NodeLife
  readonly scope: string
  readonly room: string
  readonly from: string
  readonly number: number
  /** What the publisher was answered. */
  readonly answer: SendResult
}

/** A message at a client. */
export interface Heard {
  readonly scope: string
  readonly room: string
  readonly from: string
  readonly number: number
  /** Whether the client was in that room, as far as it knew. */
  readonly member: boolean
}

/** One connection of somebody. */
export interface Listener {
  readonly name: string
  readonly scope: string
  readonly node: NodeLife
  readonly heard: Heard[]
}

/** Somebody was in a room: from when the node said so, until the client asked to leave, or vanished. */
export interface Stay {
  readonly listener: Listener
  readonly room: string
  readonly from: number
  /** When the node said that it hears what others say there. */
  hearing: number
  to: number
}

/** Who is in a room at the end: those that a node tells of, and those that are there. */
export interface Roll {
  readonly node: string
  readonly scope: string
  readonly room: string
  readonly seen: readonly string[]
  readonly there: readonly string[]
}

/** How long another node still had those of a killed one in its presence. */
export interface Ghosts {
  readonly killed: string
  readonly seenBy: string
  /** When it was killed. */
  readonly at: number
  readonly milliseconds: number
}

/** What there is to be checked. */
export interface History {
  readonly nodes: readonly NodeLife[]
  readonly faults: readonly Fault[]
  readonly said: readonly Said[]
  /** Numbers that clients sent off, of which nobody knows whether they were published: by number, what was in it. */
  readonly unanswered: ReadonlyMap<number, Pick<Said, 'scope' | 'room' | 'from'>>
  readonly listeners: readonly Listener[]
  readonly stays: readonly Stay[]
  readonly ghosts: readonly Ghosts[]
  readonly rolls: readonly Roll[]
  /** What went wrong besides: a connection that ended by itself, say. */
  readonly incidents: readonly string[]
}
