/**
 * The opcodes of RFC 6455 §5.2.
 *
 * @example
 * encodeFrame({ opcode: Opcode.ping })
 */
export const Opcode = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const

/**
 * One frame as it came off the wire, unmasked (RFC 6455 §5.2).
 *
 * @example
 * const [frame] = new FrameDecoder().push(bytes)
 */
export interface Frame {
  readonly opcode: number
  readonly payload: Uint8Array
  readonly fin: boolean
  /** The three reserved bits, 0 to 7. */
  readonly rsv: number
  readonly masked: boolean
}

/**
 * A frame to be written, right or wrong: everything that a well-behaved client would set can be set otherwise.
 *
 * @example
 * const fragment: FrameInit = { opcode: Opcode.text, payload: 'the first half', fin: false }
 */
export interface FrameInit {
  readonly opcode: number
  /** A string becomes its UTF-8 bytes. Default: empty. */
  readonly payload?: Uint8Array | string
  /** Default: `true`. */
  readonly fin?: boolean
  /** The three reserved bits, 0 to 7. Default: 0. */
  readonly rsv?: number
  /** Whether it is masked, as a client's frame must be. Default: `true`. */
  readonly mask?: boolean
  /** A length to claim, in the 64-bit form, whatever the payload's is. Default: the payload's, in the shortest form. */
  readonly claim?: bigint
}

/** Any four bytes that are not zero show whether the other side unmasks. */
const MASK = Uint8Array.of(0x37, 0xfa, 0x21, 0x3d)
const NOTHING = new Uint8Array(0)

/**
 * Writes one frame. Checks nothing: what is wrong in it is what a test is about.
 *
 * @example
 * peer.raw?.(encodeFrame({ opcode: Opcode.text, payload: 'never masked', mask: false }))
 */
export function encodeFrame({
  opcode,
  payload = NOTHING,
  fin = true,
  rsv = 0,
  mask = true,
  claim,
}: FrameInit): Uint8Array {
  const bytes = typeof payload === 'string' ? new TextEncoder().encode(payload) : payload
  const length = lengthOf(bytes.length, claim)
  const frame = new Uint8Array(1 + length.length + (mask ? 4 : 0) + bytes.length)
  frame[0] = (fin ? 0x80 : 0) | (rsv << 4) | opcode
  frame.set(length, 1)
  if (!mask) {
    frame.set(bytes, 1 + length.length)
    return frame
  }
  frame[1] = (frame[1] as number) | 0x80
  frame.set(MASK, 1 + length.length)
  frame.set(masked(bytes, MASK), 5 + length.length)
  return frame
}

/** The length's bytes, the mask bit not set: one, three, or nine of them (RFC 6455 §5.2). */
function lengthOf(size: number, claim: bigint | undefined): Uint8Array {
  if (claim === undefined && size < 126) return Uint8Array.of(size)
  if (claim === undefined && size < 65_536) return Uint8Array.of(126, size >> 8, size & 0xff)
  const length = new Uint8Array(9)
  length[0] = 127
  new DataView(length.buffer).setBigUint64(1, claim ?? BigInt(size))
  return length
}

function masked(bytes: Uint8Array, mask: Uint8Array): Uint8Array {
  return bytes.map((byte, index) => byte ^ (mask[index % 4] as number))
}

/**
 * Takes bytes as they arrive, and answers the frames that have become complete.
 *
 * @example
 * socket.on('data', (bytes) => { for (const frame of decoder.push(bytes)) receive(frame) })
 */
export class FrameDecoder {
  #chunks: Uint8Array[] = []
  #size = 0
  /** As many bytes as the next step needs: nothing is put together before they are there. */
  #needed = 2

  push(bytes: Uint8Array): Frame[] {
    this.#chunks.push(bytes)
    this.#size += bytes.length
    if (this.#size < this.#needed) return []
    const frames: Frame[] = []
    let rest = concat(this.#chunks, this.#size)
    for (let step = decodeFrame(rest); ; step = decodeFrame(rest)) {
      if (typeof step === 'number') {
        this.#needed = step
        break
      }
      frames.push(step.frame)
      rest = rest.subarray(step.size)
    }
    this.#chunks = rest.length === 0 ? [] : [rest]
    this.#size = rest.length
    return frames
  }
}

/** The first frame and its size on the wire; or, where it is not complete, how many bytes it takes to go on. */
function decodeFrame(bytes: Uint8Array): { readonly frame: Frame; readonly size: number } | number {
  if (bytes.length < 2) return 2
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  const first = view.getUint8(0)
  const second = view.getUint8(1)
  const isMasked = (second & 0x80) !== 0
  const short = second & 0x7f
  const extended = short === 126 ? 2 : short === 127 ? 8 : 0
  const head = 2 + extended + (isMasked ? 4 : 0)
  if (bytes.length < head) return head
  const length = extended === 0 ? short : extended === 2 ? view.getUint16(2) : Number(view.getBigUint64(2))
  const size = head + length
  if (bytes.length < size) return size
  // Not slice(): that of a Buffer is a view.
  const raw = new Uint8Array(bytes.subarray(head, size))
  const payload = isMasked ? masked(raw, bytes.subarray(head - 4, head)) : raw
  const frame: Frame = {
    opcode: first & 0x0f,
    payload,
    fin: (first & 0x80) !== 0,
    rsv: (first >> 4) & 0x07,
    masked: isMasked,
  }
  return { frame, size }
}

function concat(chunks: readonly Uint8Array[], size: number): Uint8Array {
  const [only] = chunks
  if (chunks.length === 1 && only !== undefined) return only
  const all = new Uint8Array(size)
  let at = 0
  for (const chunk of chunks) {
    all.set(chunk, at)
    at += chunk.length
  }
  return all
}
