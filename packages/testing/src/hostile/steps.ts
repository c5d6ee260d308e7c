import assert from 'node:assert/strict'
import type { Connection, LifecycleState } from '@linkspan/core'
import { encodeClose } from '../close-body.js'
import { encodeFrame, type FrameInit, Opcode } from '../frame.js'
import type { Step } from './case.js'

/** What must not be found in any log. In two parts, so that no listing of this source is taken for a leak. */
export const SECRET: string = ['planted', 'secret-7f3a9c'].join('-')
/** Sixteen bytes in base64. */
export const KEY = 'dGhlIHNhbXBsZSBub25jZQ=='

const USUAL: readonly (readonly [string, string])[] = [
  ['Host', 'chat.example'],
  ['Upgrade', 'websocket'],
  ['Connection', 'Upgrade'],
  ['Sec-WebSocket-Key', KEY],
  ['Sec-WebSocket-Version', '13'],
]

/** The parts of an upgrade request that are to be otherwise. */
export interface RequestParts {
  readonly method?: string
  readonly url?: string
  readonly version?: string
  /** In place of the usual ones of that name; `undefined` leaves one out. */
  readonly headers?: Readonly<Record<string, string | undefined>>
  /** Further lines, as they are. */
  readonly lines?: readonly string[]
}

/** The bytes of an upgrade request. */
export function upgrade({
  method = 'GET',
  url = `/raw?token=${SECRET}`,
  version = 'HTTP/1.1',
  headers = {},
  lines = [],
}: RequestParts = {}): string {
  const names = new Set(Object.keys(headers).map((name) => name.toLowerCase()))
  const usual = USUAL.filter(([name]) => !names.has(name.toLowerCase()))
  const own = Object.entries(headers).filter((entry): entry is [string, string] => entry[1] !== undefined)
  const all = [...usual, ...own].map(([name, value]) => `${name}: ${value}`)
  return `${[`${method} ${url} ${version}`, ...all, `Cookie: session=${SECRET}`, ...lines].join('\r\n')}\r\n\r\n`
}

/** Waits for the 101. */
export const letIn: Step = async ({ client }) => {
  const answer = await client.answer
  assert.equal(answer?.status, 101)
}

/** Connects as a good client does, until the connection is active. */
export const open: Step = openWith()

/** The same, with further parts of the request. */
export function openWith(parts: RequestParts = {}): Step {
  return async (scene) => {
    scene.client.write(upgrade(parts))
    assert.equal((await scene.client.answer)?.status, 101)
    await scene.reaches('active')
  }
}

export const arrives: Step = (scene) => scene.reaches('connecting')
export const fin: Step = ({ client }) => client.fin()
export const reset: Step = ({ client }) => client.reset()
/** From here on, neither a close frame nor a FIN is answered. */
export const impolite: Step = ({ client }) => {
  client.polite = false
}
export const openGate: Step = ({ gate }) => gate.open()

export function reaches(state: LifecycleState): Step {
  return (scene) => scene.reaches(state)
}

export function advance(time: number): Step {
  return ({ stage }) => stage.clock.advance(time)
}

/** Does something to the connection, from the server's side. */
export function server(act: (conn: Connection<unknown>) => unknown): Step {
  return ({ conn }) => act(conn)
}

/** Several frames, in one packet. */
export function frames(...inits: readonly FrameInit[]): Uint8Array {
  return Buffer.concat(inits.map(encodeFrame))
}

export function text(payload: string | Uint8Array): Uint8Array {
  return encodeFrame({ opcode: Opcode.text, payload })
}

export function closeFrame(code?: number, reason?: string): Uint8Array {
  return encodeFrame({ opcode: Opcode.close, payload: encodeClose(code, reason) })
}

/** Bytes that are written in hexadecimal, spaces apart. */
export function hex(digits: string): Uint8Array {
  return new Uint8Array(Buffer.from(digits.replaceAll(' ', ''), 'hex'))
}
