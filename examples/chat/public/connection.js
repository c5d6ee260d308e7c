// One WebSocket that comes back. It tells its state as it changes, and decides from the close code what to do next.

/** Milliseconds: the first wait, the longest, and how long the server may take to let us in. */
const FIRST = 500
const LONGEST = 20_000
const PATIENCE = 8_000
/** A connection that lasted this long was a good one: the next wait is short again. */
const STEADY = 5_000

/** What a close code asks of a client. The bands are the server's promise, so no code has to be known by itself. */
export function verdict(code) {
  if (code === 1000 || code === 1008 || (code >= 4000 && code <= 4099)) return 'stop'
  if (code === 1012 || (code >= 4200 && code <= 4299)) return 'now'
  return 'later'
}

/** How long to wait before an attempt, in milliseconds: doubling, and never the same for all who lost the server at once. */
export function backoff(attempt, chance = Math.random()) {
  return Math.min(LONGEST, FIRST * 2 ** attempt) * (0.5 + chance / 2)
}

/**
 * Keeps one connection, until it is told to stop or the server says so. `onState` is told
 *   { name: 'connecting' } · { name: 'connected' } · { name: 'waiting', until, code, reason } ·
 *   { name: 'stopped', code, reason }
 * and `onMessage` everything that the server says. Connected is who was welcomed, not who has an open socket.
 */
export class Connection {
  #url
  #hello
  #onState
  #onMessage
  #socket
  #timer
  #attempt = 0
  #since = 0
  #state = { name: 'idle' }

  constructor({ url, hello, onState, onMessage }) {
    this.#url = url
    this.#hello = hello
    this.#onState = onState
    this.#onMessage = onMessage
    addEventListener('online', this.#comeBack)
    document.addEventListener('visibilitychange', this.#comeBack)
    this.connect()
  }

  get connected() {
    return this.#state.name === 'connected'
  }

  /** Connects now, whatever it was waiting for. */
  connect() {
    this.#drop()
    const socket = new WebSocket(this.#url)
    this.#socket = socket
    this.#set({ name: 'connecting' })
    this.#timer = setTimeout(() => this.#lost(socket, 1006, 'the server does not answer'), PATIENCE)
    socket.onopen = () => socket.send(JSON.stringify(this.#hello))
    socket.onmessage = ({ data }) => {
      if (!this.connected) this.#welcomed()
      this.#onMessage(JSON.parse(data))
    }
    socket.onclose = ({ code, reason }) => this.#lost(socket, code, reason)
  }

  /** Answers whether it was handed over; nothing is kept for later, and nothing is sent twice. */
  send(message) {
    if (!this.connected || this.#socket.readyState !== WebSocket.OPEN) return false
    this.#socket.send(JSON.stringify(message))
    return true
  }

  /** Ends it for good. */
  close() {
    removeEventListener('online', this.#comeBack)
    document.removeEventListener('visibilitychange', this.#comeBack)
    this.#drop()
  }

  #welcomed() {
    clearTimeout(this.#timer)
    this.#since = performance.now()
    this.#set({ name: 'connected' })
  }

  #lost(socket, code, reason) {
    if (socket !== this.#socket) return
    const steady = this.connected && performance.now() - this.#since > STEADY
    this.#drop()
    const what = verdict(code)
    if (what === 'stop') return this.#set({ name: 'stopped', code, reason })
    if (steady) this.#attempt = 0
    // 'now' is now once, with a little jitter: a server that goes on saying it is not to be hammered.
    const wait = what === 'now' && this.#attempt === 0 ? FIRST * Math.random() : backoff(this.#attempt)
    this.#attempt += 1
    this.#timer = setTimeout(() => this.connect(), wait)
    this.#set({ name: 'waiting', until: Date.now() + wait, code, reason })
  }

  /** The network is back, or somebody looks again: not the moment to sit out a wait. */
  #comeBack = () => {
    if (this.#state.name === 'waiting' && !document.hidden) this.connect()
  }

  /** Lets go of the socket and the timer; what that socket still has to say is not heard. */
  #drop() {
    clearTimeout(this.#timer)
    const socket = this.#socket
    this.#socket = undefined
    if (socket === undefined) return
    socket.onopen = socket.onmessage = socket.onclose = null
    socket.close()
  }

  #set(state) {
    this.#state = state
    this.#onState(state)
  }
}
