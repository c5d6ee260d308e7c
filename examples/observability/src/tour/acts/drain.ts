import type { Act } from '../stage.js'

export const drain: Act = {
  name: 'drain',
  title: 'South is deployed anew: it drains, ends, and begins again',
  panels: [
    'Nodes that drain',
    'Connections that they wait for',
    'Active connections by node',
    'Closes by code',
  ],

  async play(stage) {
    const { south } = stage.props
    const gone = await stage.counting(
      'active on north, to which its clients went',
      'linkspan_connections{linkspan_state="active",instance="north"}',
    )
    const began = performance.now()
    await south.restart()
    stage.say(`south is back after ${((performance.now() - began) / 1_000).toFixed(1)} s. Its log has:`)
    const line = south.lineWhere(({ event }) => event === 'drain.ended')
    stage.say(`  ${JSON.stringify(line)}`)
    await gone()
    stage.say('They stay there: only who comes anew finds south again.')
  },
}
