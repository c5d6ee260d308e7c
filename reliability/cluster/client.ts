import type { SendResult } from '@linkspan/core'
import { WebSocket } from 'ws'
import type { Heard, Listener, NodeLife } from './history.js'

/** What a client is told by its node, and by its socket. */
export interface ClientOwner {
  joined(client: Client, room: string): void
  /** What is said on other nodes is heard from now on. */
  hears(client: Client, room: string): void
  said(client: Client, number: number, at: number, answer: SendResult): void
  /** The connection is over, and the client did not want that. */
  lost(client: Client, code: number): void
}

/** Somebody at one node, over a WebSocket, who writes down what is heard. */
export class Client implements Listener {
  readonly name: string
  readonly scope: string
  readonly node: NodeLife
  readonly heard: Heard[] = []
  /** Rooms it is in, as far as it knows: from when it asked to join until it was told that it has left. */
  readonly rooms: Set<string> = new Set()
  readonly opened: Promise<void>
  readonly #socket: WebSocket
  readonly #owner: ClientOwner
  readonly #joined = new Set<string>()
  #ended = false

  constructor(name: string, scope: string, node: NodeLife, port: number, owner: ClientOwner) {
    this.name = name
    this.scope = scope
    this.node = node
    this.#owner = owner
    this.#socket = new WebSocket(`ws://127.0.0.1:${port}/`, {
      headers: { 'x-name': name, 'x-scope': scope },
      perMessageDeflate: false,
    })
    this.opened = new Promise((resolve, reject) => {
      this.#socket.once('open', resolve)
      this.#socket.once('error', reject)
    })
    this.#socket.on('error', () => {})
    this.#socket.on('message', (data: Buffer) => this.#take(data.toString()))
    this.#socket.on('close', (code) => {
      if (!this.#ended) owner.lost(this, code)
      this.#ended = true
    })
  }

  get isOpen(): boolean {
    return !this.#ended && this.#socket.readyState === WebSocket.OPEN
  }

  /** Where it can speak, and can leave. */
  get places(): readonly string[] {
    return [...this.#joined]
  }

  join(room: string): void {
    if (this.rooms.has(room)) return
    this.rooms.add(room)
    this.#socket.send(`join ${room}`)
  }

  leave(room: string): void {
    this.#joined.delete(room)
    this.#socket.send(`leave ${room}`)
  }

  say(room: string, number: number): void {
    this.#socket.send(`say ${room} ${number}`)
  }

  /** It is gone, without a word. */
  vanish(): void {
    this.#ended = true
    this.#socket.terminate()
  }

  #take(text: string): void {
    const [verb, first = '', second = '', third = '', fourth = ''] = text.split(' ')
    if (verb === 'word') {
      const member = this.rooms.has(second)
      this.heard.push({ scope: first, room: second, from: third, number: Number(fourth), member })
    } else if (verb === 'joined') {
      this.#joined.add(first)
      this.#owner.joined(this, first)
    } else if (verb === 'hearing') this.#owner.hears(this, first)
    else if (verb === 'said') this.#owner.said(this, Number(first), Number(second), third as SendResult)
    else if (verb === 'left') this.rooms.delete(first)
  }
}
