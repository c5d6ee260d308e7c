import type { Hooks, Message, Peer } from 'crossws'
import { settled, setup } from './served.js'

/** What crossws does with messages, on every server. */
export const hooks: Partial<Hooks> = {
  open: (peer) => {
    if (setup.handler === 'room') peer.subscribe('room')
  },
  message: (peer, message) => (setup.handler === 'async' ? later(peer, message) : answer(peer, message)),
}

function answer(peer: Peer, message: Message): void {
  if (setup.handler === 'room') peer.publish('room', message.text())
  peer.send(message.text())
}

async function later(peer: Peer, message: Message): Promise<void> {
  const text = message.text()
  await settled
  peer.send(text)
}
