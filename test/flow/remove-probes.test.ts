import { expect, test } from 'vitest'
import { allOwned } from '../../src/domain/lent.ts'
import { newProbeSweep } from '../../src/flow/remove-probes.ts'
import { memoryObjectStore } from '../fixtures/memory-object-store.ts'

test('P7 the byte of a killed probe is removed by the second sweep, and that of a running one stays', async () => {
  const objects = memoryObjectStore()
  const put = (key: string) => objects.put(key, allOwned([Buffer.from('.')]), new AbortController().signal)
  const sweep = newProbeSweep(objects)
  await put('probes/killed/byte')
  await put('jobs/job_1/1/t.csv.gz')
  await sweep()
  await put('probes/running/byte')
  await sweep()
  expect(objects.visibleObjects()).toEqual(['jobs/job_1/1/t.csv.gz', 'probes/running/byte'])
})
