import { renamed, type Wrong, wrong } from './wrong.js'

const NEAR = 'names that are near to each other, or mean something to an engine, are channels of their own'

/** Mistakes about names. */
export const channels: readonly Wrong[] = [
  wrong(
    'makes names lower case',
    NEAR,
    renamed((channel) => channel.toLowerCase()),
  ),
  wrong(
    'cuts names at 255 characters',
    NEAR,
    renamed((channel) => channel.slice(0, 255)),
  ),
  wrong(
    'takes ~2a for what it stands for',
    NEAR,
    renamed((channel) => channel.replaceAll('~2a', 'lobby')),
  ),
  wrong(
    'cuts names at 6,200 characters',
    'the longest name that the core makes is a channel as any other',
    renamed((channel) => channel.slice(0, 6_200)),
  ),
  wrong(
    'leaves the application out of the name',
    'applications on one engine do not hear each other, whatever their names',
    renamed((channel) => channel.slice(channel.indexOf('.'))),
  ),
  wrong(
    'leaves the scope out of the name',
    'kinds of channels and scopes do not hear each other',
    renamed((channel) => channel.replace(/^([^.]+\.topic)\.[^.]+/, '$1')),
  ),
  wrong('hears whole trees of channels', NEAR, () => {
    const trees = new Set<string>()
    return {
      link: (inner) => ({
        subscribe(channel) {
          trees.add(channel.slice(0, channel.lastIndexOf('.')))
          return inner.subscribe(channel)
        },
      }),
      sink: (inner) => ({
        message(channel, payload) {
          inner.message(channel, payload)
          for (const tree of trees)
            if (channel.startsWith(`${tree}.`)) inner.message(`${tree}.lobby`, payload)
        },
      }),
    }
  }),
  wrong(
    'forgets beyond 500 channels',
    'a thousand channels of one node, asked for at once, each hear their own',
    () => {
      let asked = 0
      return {
        link: (inner) => ({
          async subscribe(channel) {
            asked += 1
            if (asked <= 500) await inner.subscribe(channel)
          },
        }),
      }
    },
  ),
]
