import type { Act } from '../stage.js'

const P99 = 'histogram_quantile(0.99, sum by (le) (rate(linkspan_message_duration_bucket[15s])))'

export const slowSearch: Act = {
  name: 'slow-search',
  title: 'What handlers wait for becomes slow on both nodes: each search takes 600 ms longer',
  panels: ['How long handling took', 'Messages that wait for handlers'],

  async play(stage) {
    const nodes = [stage.props.north, stage.props.south]
    await Promise.all(nodes.map((node) => node.ask('slow', { by: 600 })))
    try {
      await stage.shows('p99 of handlers, in seconds', P99, 0.5)
    } finally {
      await Promise.all(nodes.map((node) => node.ask('slow', { by: 0 })))
    }
    stage.say('And now they are as fast as before. LinkspanMessagesSlow would have fired after ten minutes.')
  },
}
