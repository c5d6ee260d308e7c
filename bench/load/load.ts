// What load.c does, where there is no C compiler: the same arguments, commands and answers. It is slower than the fastest
// servers; what a message costs them is measured all the same.

import { connect, type Socket } from 'node:net'
import { createInterface } from 'node:readline'

const [, , port = '0', path = '/', greetings = '0', greetingText = '', text = ''] = process.argv
const AT_ONCE = 64
const SOURCES = 60
/** Milliseconds that what is under way may take beyond its time. */
const PATIENCE = 60_000

type Mode = 'open' | 'echo' | 'cycle' | 'fan' | 'idle' | 'closed'

const request = [
  `GET ${path} HTTP/1.1`,
  `Host: 127.0.0.1:${port}`,
  'Connection: Upgrade',
  'Upgrade: websocket',
  'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
  'Sec-WebSocket-Version: 13',
  'Origin: https://app.example',
  'Authorization: Bearer 0123456789abcdef',
  'User-Agent: load\r\n\r\n',
].join('\r\n')

const KEY = [0x12, 0x34, 0x56, 0x78] as const
const PONG = Buffer.from([0x8a, 0x80, ...KEY])
const BYE = Buffer.from([0x88, 0x82, ...KEY, 0x03 ^ KEY[0], 0xe8 ^ KEY[1]])
const GREETING = frame(greetingText)
const BATCHES: readonly Buffer[] = Array.from({ length: 65 }, (_, messages) =>
  Buffer.concat(Array.from({ length: messages }, () => frame(text))),
)

function frame(payload: string): Buffer {
  const bytes = Buffer.from(payload)
  const length = bytes.length < 126 ? [0x80 | bytes.length] : [0xfe, bytes.length >> 8, bytes.length & 255]
  return Buffer.from([0x81, ...length, ...KEY, ...bytes.map((byte, at) => byte ^ (KEY[at & 3] as number))])
}

class Client {
  state: 'upgrading' | 'greeting' | 'ready' | 'ending' = 'upgrading'
  readonly sent: number[] = []
  readonly #socket: Socket
  #greeted = 0
  #rest: Buffer = Buffer.alloc(0)
  #credit = 0

  constructor() {
    source += 1
    const localAddress = `127.0.0.${2 + (source % SOURCES)}`
    this.#socket = connect({ host: '127.0.0.1', port: Number(port), localAddress, noDelay: true })
    this.#socket.on('data', (bytes) => this.#read(bytes)).on('error', () => {})
    this.#socket.on('close', () => gone(this))
    this.#socket.write(request)
  }

  say(messages: number): void {
    const at = performance.now()
    for (let i = 0; i < messages; i += 1) this.sent.push(at)
    this.#socket.write(BATCHES[messages] as Buffer)
  }

  #read(bytes: Buffer): void {
    let rest = this.#rest.length === 0 ? bytes : Buffer.concat([this.#rest, bytes])
    if (this.state === 'upgrading') {
      const end = rest.indexOf('\r\n\r\n')
      if (end < 0) {
        this.#rest = rest
        return
      }
      rest = rest.subarray(end + 4)
      this.state = 'greeting'
      if (greetings === '0') opened(this)
    }
    for (let size = sizeOfFrame(rest); size <= rest.length; size = sizeOfFrame(rest)) {
      this.#frame((rest[0] as number) & 15)
      rest = rest.subarray(size)
    }
    this.#rest = rest
    const credit = this.#credit
    this.#credit = 0
    if (credit > 0 && performance.now() < until) this.say(credit)
  }

  #frame(opcode: number): void {
    if (opcode === 1 || opcode === 2) {
      this.#message()
    } else if (opcode === 9) {
      counts.pings += 1
      this.#socket.write(PONG)
    } else if (opcode === 8) {
      this.#leave()
    }
  }

  #leave(): void {
    if (this.state === 'ending') return
    this.state = 'ending'
    this.#socket.write(BYE)
  }

  #message(): void {
    if (this.state === 'greeting') {
      this.#greeted += 1
      if (this.#greeted === 1) this.#socket.write(GREETING)
      if (this.#greeted === Number(greetings)) opened(this)
    } else if (mode === 'fan') {
      fanned()
    } else if (this.sent.length > 0) {
      latencies.push(performance.now() - (this.sent.shift() as number))
      if (mode === 'cycle') return this.#leave()
      counts.units += 1
      this.#credit += 1
    }
  }
}

const clients = new Set<Client>()
let mode: Mode | undefined
let source = 0
let starting = 0
let target = 0
let since = 0
let until = 0
let heard = 0
let latencies: number[] = []
const counts = { units: 0, pings: 0, ended: 0, failed: 0 }

function sizeOfFrame(bytes: Buffer): number {
  if (bytes.length < 2) return Number.POSITIVE_INFINITY
  const length = (bytes[1] as number) & 127
  if (length < 126) return 2 + length
  if (bytes.length < 10)
    return length === 126 && bytes.length >= 4 ? 4 + bytes.readUInt16BE(2) : Number.POSITIVE_INFINITY
  return length === 126 ? 4 + bytes.readUInt16BE(2) : 10 + Number(bytes.readBigUInt64BE(2))
}

function begin(): void {
  starting += 1
  clients.add(new Client())
}

function opened(client: Client): void {
  client.state = 'ready'
  starting -= 1
  if (mode === 'cycle') client.say(1)
  else if (mode === 'open' && clients.size < target) begin()
}

function gone(client: Client): void {
  clients.delete(client)
  counts.ended += 1
  if (client.state === 'upgrading' || client.state === 'greeting') {
    starting -= 1
    counts.failed += 1
  }
  if (mode !== 'cycle') return
  counts.units += 1
  if (performance.now() < until) begin()
}

function fanned(): void {
  counts.units += 1
  heard += 1
  const [first] = clients
  if (first === undefined || heard < clients.size) return
  heard = 0
  latencies.push(performance.now() - (first.sent.shift() as number))
  if (performance.now() < until) first.say(1)
}

function finished(at: number): boolean {
  if (at > until + PATIENCE) return true
  if (mode === 'open') return starting === 0
  if (mode === 'closed') return clients.size === 0 || at >= until
  if (at < until) return false
  if (mode === 'idle') return true
  if (mode === 'cycle') return clients.size === 0
  return [...clients].every(({ sent }) => sent.length === 0)
}

function answer(): void {
  latencies.sort((one, other) => one - other)
  const percentile = (share: number): number =>
    Math.round(1_000 * (latencies[Math.floor(latencies.length * share)] ?? 0))
  const told = { ...counts, live: clients.size, seconds: (performance.now() - since) / 1_000 }
  process.stdout.write(`${JSON.stringify({ ...told, p50: percentile(0.5), p99: percentile(0.99) })}\n`)
  mode = undefined
}

function command(line: string): void {
  const [word, ...rest] = line.split(' ')
  const numbers = rest.map(Number)
  const [first = 0, window = 0] = numbers
  mode = word as Mode
  latencies = []
  Object.assign(counts, { units: 0, pings: 0, ended: 0, failed: 0 })
  heard = 0
  since = performance.now()
  until = mode === 'open' ? since : since + (numbers.at(-1) ?? 0)
  target = clients.size + first
  const at = mode === 'open' ? Math.min(first, AT_ONCE) : mode === 'cycle' ? first : 0
  for (let i = 0; i < at; i += 1) begin()
  const talking = mode === 'echo' ? first : mode === 'fan' ? 1 : 0
  for (const client of [...clients].slice(0, talking)) client.say(mode === 'fan' ? 1 : window)
}

setInterval(() => {
  if (mode !== undefined && finished(performance.now())) answer()
}, 2)
createInterface({ input: process.stdin })
  .on('line', command)
  .on('close', () => process.exit(0))
