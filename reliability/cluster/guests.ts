import type { Broker } from '@linkspan/core'
import { channelName } from '../../packages/core/src/cluster/channel.js'
import { islandOf, NODES, ROOMS, SCOPES } from './rooms.js'

/** A room that something arrived for, and for how long it has been empty here; `null`: always. */
export interface Wasted {
  readonly scope: string
  readonly room: string
  readonly idle: number | null
}

interface Room {
  readonly scope: string
  readonly room: string
  readonly present: Set<string>
  leftAt: number | undefined
}

/** Who of this node is in which room, so that what arrives for nobody is seen. */
export class Guests {
  readonly #rooms = new Map<string, Room>()
  readonly #wasted: (room: Wasted) => void

  constructor(wasted: (room: Wasted) => void) {
    this.#wasted = wasted
    for (const scope of SCOPES) {
      for (const room of [...ROOMS, ...NODES.map(islandOf)]) {
        const channel = channelName('fleet', 'topic', scope, room)
        this.#rooms.set(channel, { scope, room, present: new Set(), leftAt: undefined })
      }
    }
  }

  came(id: string, scope: string, room: string): void {
    this.#find(scope, room).present.add(id)
  }

  left(id: string, scope: string, room: string): void {
    this.#leave(id, this.#find(scope, room))
  }

  gone(id: string): void {
    for (const room of this.#rooms.values()) this.#leave(id, room)
  }

  /** The same broker, but that what it brings is looked at. */
  watching(broker: Broker): Broker {
    return {
      open: (sink) =>
        broker.open({
          message: (channel, payload) => {
            this.#arrived(channel)
            sink.message(channel, payload)
          },
          up: (recovered) => sink.up(recovered),
          down: (error) => sink.down(error),
          gap: (channel) => sink.gap(channel),
        }),
    }
  }

  #arrived(channel: string): void {
    const room = this.#rooms.get(channel)
    if (room === undefined || room.present.size > 0) return
    const idle = room.leftAt === undefined ? null : Date.now() - room.leftAt
    this.#wasted({ scope: room.scope, room: room.room, idle })
  }

  #leave(id: string, room: Room): void {
    if (room.present.delete(id)) room.leftAt = Date.now()
  }

  #find(scope: string, room: string): Room {
    const found = this.#rooms.get(channelName('fleet', 'topic', scope, room))
    if (found === undefined) throw new Error(`there is no room '${room}' of ${scope}`)
    return found
  }
}
