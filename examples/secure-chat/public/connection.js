// One WebSocket for who is logged in. It comes back by itself, each time with a fresh token, and keeps its own token fresh.

import { freshToken } from './session.js'

/** Milliseconds: the first wait, and the longest. */
const FIRST = 500
const LONGEST = 20_000

/** What a close code asks of a client: the bands are the server's promise. */
export function verdict(code) {
  if (code === 1000 || code === 1008 || (code >= 4000 && code <= 4099)) return 'stop'
  if (code === 1012 || (code >= 4200 && code <= 4299)) return 'now'
  return 'later'
}

/**
 * `onState` is told { name: 'connecting' | 'connected' | 'waiting' | 'stopped', code }, and `onMessage` what the server
 * says. Stopped is who has to log in again.
 */
export class Connection {
  #onState
  #onMessage
  #socket
  #timer
  #attempt = 0
  #closed = false

  constructor({ onState, onMessage }) {
    this.#onState = onState
    this.#onMessage = onMessage
    void this.#connect()
  }

  send(message) {
    if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify(message))
  }

  close() {
    this.#closed = true
    clearTimeout(this.#timer)
    const socket = this.#socket
    this.#socket = undefined
    socket?.close()
  }

  async #connect() {
    this.#onState({ name: 'connecting' })
    let token
    try {
      token = await freshToken()
    } catch {
      return this.#later(undefined)
    }
    if (this.#closed) return
    if (token === undefined) return this.#onState({ name: 'stopped', code: 4010 })
    // The header of an upgrade is not ours to set: the token stands beside the protocol that we really offer.
    const socket = new WebSocket(`${location.origin.replace('http', 'ws')}/chat`, [
      'secure-chat.v1',
      `bearer.${token}`,
    ])
    this.#socket = socket
    socket.onmessage = ({ data }) => this.#heard(JSON.parse(data))
    socket.onclose = ({ code }) => {
      if (socket === this.#socket) this.#lost(code)
    }
  }

  #heard(message) {
    if (message.type === 'welcome') {
      this.#attempt = 0
      this.#onState({ name: 'connected' })
    }
    if (message.type === 'expiring') void this.#renew()
    this.#onMessage(message)
  }

  /** In place: the connection goes on. Where it fails, the server closes it when the old token ends. */
  async #renew() {
    const token = await freshToken().catch(() => undefined)
    if (token !== undefined) this.send({ type: 'renew', token })
  }

  #lost(code) {
    this.#socket = undefined
    if (verdict(code) === 'stop') return this.#onState({ name: 'stopped', code })
    this.#later(code)
  }

  #later(code) {
    if (this.#closed) return
    const now = verdict(code) === 'now' && this.#attempt === 0
    const most = now ? FIRST : Math.min(LONGEST, FIRST * 2 ** this.#attempt)
    this.#attempt += 1
    this.#timer = setTimeout(() => void this.#connect(), most * (0.5 + Math.random() / 2))
    this.#onState({ name: 'waiting', code })
  }
}
