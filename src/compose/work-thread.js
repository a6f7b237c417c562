import { giveWay, runThread } from '../threads/inside.js'
import { composeOwnWorker } from './own-worker.ts'

// It is JavaScript, so that Node can start it from the source and from the build.

giveWay()
await runThread(composeOwnWorker)
