import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

/** A server's port, through something that can break. */
export interface TcpProxy {
  readonly port: number
  /** `'open'`: passes everything on. `'stalled'`: swallows. `'cut'`: resets what there is and what comes. */
  set(mode: 'open' | 'stalled' | 'cut'): void
  close(): Promise<void>
}

/** Puts a proxy before a port of this machine. */
export async function tcpProxy(target: number): Promise<TcpProxy> {
  let mode: 'open' | 'stalled' | 'cut' = 'open'
  const sockets = new Set<Socket>()
  const keep = (socket: Socket): Socket => {
    sockets.add(socket)
    // A reset is what is wanted here.
    return socket.on('error', () => {}).on('close', () => sockets.delete(socket))
  }
  const pass = (from: Socket, to: Socket): void => {
    from.on('data', (bytes) => {
      if (mode === 'open') to.write(bytes)
    })
    from.on('close', () => to.destroy())
  }
  const server = createServer((socket) => {
    keep(socket)
    if (mode === 'cut') return void socket.destroy()
    const upstream = keep(connect(target, '127.0.0.1'))
    pass(socket, upstream)
    pass(upstream, socket)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const cut = (): void => {
    for (const socket of sockets) socket.destroy()
  }
  return {
    port: (server.address() as AddressInfo).port,
    set(next) {
      mode = next
      if (mode === 'cut') cut()
    },
    async close() {
      const closed = once(server, 'close')
      server.close()
      cut()
      await closed
    },
  }
}
