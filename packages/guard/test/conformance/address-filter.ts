import { filterAddresses } from '@linkspan/guard'
import type { Chapter } from '@linkspan/testing'
import { assertAlive, assertRefused, echo } from './support.js'

export const addressFilter: Chapter = {
  title: 'filterAddresses',
  behaviours: [
    {
      name: 'who is allowed is let in, however the network is written',
      async run(stage) {
        for (const network of ['127.0.0.0/8', '127.0.0.1', '::ffff:127.0.0.0/104']) {
          const served = await stage.serve(
            stage
              .app()
              .use(filterAddresses({ allow: [network] }))
              .message(echo),
          )
          await assertAlive(await served.connect())
        }
      },
    },
    {
      name: 'who is not allowed is refused with 403, whatever address a header claims',
      async run(stage) {
        const served = await stage.serve(stage.app().use(filterAddresses({ allow: ['10.0.0.0/8'] })))
        assertRefused(await served.answer(), 403, 4003)
        assertRefused(await served.answer({ headers: { 'x-forwarded-for': '10.0.0.1' } }), 403, 4003)
      },
    },
    {
      name: 'who is denied is refused with 403, also where allowed',
      async run(stage) {
        const filter = filterAddresses({ allow: ['127.0.0.0/8'], deny: ['::ffff:127.0.0.1'] })
        const served = await stage.serve(stage.app().use(filter))
        assertRefused(await served.answer(), 403, 4003)
        assertRefused(await served.answer({ headers: { 'x-forwarded-for': '127.0.0.2' } }), 403, 4003)
      },
    },
  ],
}
