/** What one publish consists of: bytes for connections, or a word from node to node. */
export interface Item {
  readonly kind: ItemKind
  readonly data: Uint8Array
  /** Ambient context of whoever published, such as a trace's: JSON. */
  readonly headers?: Uint8Array | undefined
}

type ItemKind = 'text' | 'binary' | 'control'

/**
 * Items that one node published to one channel, in order and without a hole between them. None: it says only how far it has
 * got.
 */
export interface Envelope {
  /** Which node, and which life of it. */
  readonly node: string
  readonly epoch: number
  /** Since when the node counts what it publishes to this channel: a number that grows. */
  readonly run: number
  /** How many items it has published to this channel in this run before. */
  readonly first: number
  /** How many milliseconds before it published the last of those; 0 where there is none. */
  readonly idle: number
  readonly items: readonly Item[]
}

/*
 * version u8 · node: length u8, UTF-8 · epoch f64 · run f64 · first f64 · idle f64 · items, each: kind and flags u8,
 * [headers: length u16, JSON] · length u32 · bytes. Numbers are big-endian.
 */
const VERSION = 1
const KINDS: readonly ItemKind[] = ['text', 'binary', 'control']
const HAS_HEADERS = 4
const MAX_NODE = 255
const NUMBERS = 4
/** More than fits is left out: headers are for those who watch, and nothing depends on them. */
const MAX_HEADERS = 65_535

const utf8 = new TextEncoder()
const decoder = new TextDecoder('utf-8', { fatal: true })

/** Bytes of an envelope beside its items. */
export function overhead(node: string): number {
  return 2 + utf8.encode(node).byteLength + NUMBERS * 8
}

/** Bytes of one item in an envelope. */
export function sizeOf(item: Item): number {
  const headers = headersOf(item)
  return 5 + item.data.byteLength + (headers === undefined ? 0 : 2 + headers.byteLength)
}

/** The longest id of a node fits one byte of length. */
export function isNodeId(node: unknown): node is string {
  return (
    typeof node === 'string' && node !== '' && node.isWellFormed() && utf8.encode(node).byteLength <= MAX_NODE
  )
}

export function encode({ node, epoch, run, first, idle, items }: Envelope): Uint8Array {
  const bytes = new Uint8Array(items.reduce((sum, item) => sum + sizeOf(item), overhead(node)))
  const view = new DataView(bytes.buffer)
  const name = utf8.encode(node)
  bytes[0] = VERSION
  bytes[1] = name.byteLength
  bytes.set(name, 2)
  let at = 2 + name.byteLength
  for (const number of [epoch, run, first, idle]) {
    view.setFloat64(at, number)
    at += 8
  }
  for (const item of items) {
    const headers = headersOf(item)
    bytes[at++] = KINDS.indexOf(item.kind) | (headers === undefined ? 0 : HAS_HEADERS)
    if (headers !== undefined) {
      view.setUint16(at, headers.byteLength)
      bytes.set(headers, at + 2)
      at += 2 + headers.byteLength
    }
    view.setUint32(at, item.data.byteLength)
    bytes.set(item.data, at + 4)
    at += 4 + item.data.byteLength
  }
  return bytes
}

/** `undefined` for bytes that no node of ours has written. Items are views of `bytes`. */
export function decode(bytes: Uint8Array): Envelope | undefined {
  try {
    return read(bytes)
  } catch {
    return undefined
  }
}

function read(bytes: Uint8Array): Envelope | undefined {
  if (bytes[0] !== VERSION) return undefined
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  let at = 2 + view.getUint8(1)
  const node = decoder.decode(bytes.subarray(2, at))
  const numbers = [0, 1, 2, 3].map((index) => view.getFloat64(at + index * 8)) as [
    number,
    number,
    number,
    number,
  ]
  if (!isNodeId(node) || !numbers.every((number) => Number.isSafeInteger(number) && number >= 0))
    return undefined
  at += NUMBERS * 8
  const items: Item[] = []
  while (at < bytes.byteLength) {
    const flags = view.getUint8(at++)
    const kind = KINDS[flags & 3]
    if (kind === undefined) return undefined
    let headers: Item['headers']
    if ((flags & HAS_HEADERS) !== 0) {
      const end = at + 2 + view.getUint16(at)
      headers = bytes.subarray(at + 2, end)
      at = end
    }
    const end = at + 4 + view.getUint32(at)
    if (end > bytes.byteLength) return undefined
    items.push({ kind, data: bytes.subarray(at + 4, end), headers })
    at = end
  }
  const [epoch, run, first, idle] = numbers
  return { node, epoch, run, first, idle, items }
}

function headersOf({ headers }: Item): Uint8Array | undefined {
  return headers === undefined || headers.byteLength > MAX_HEADERS ? undefined : headers
}
