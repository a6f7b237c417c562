import { giveWay, runThread } from '../threads/inside.js'
import { composeOwnWorker } from './own-worker.ts'

// The thread in which jobs run with an external PostgreSQL. Plain JavaScript, so that it starts from the source as it does
// from the build.

giveWay()
await runThread(composeOwnWorker)
