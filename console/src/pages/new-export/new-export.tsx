import { Button } from '../../parts/button.tsx'
import { Page } from '../../parts/layout.tsx'
import { NeedsScope } from '../../parts/states.tsx'
import { texts } from '../../texts/texts.ts'
import { useCount, usePreview } from './asks.ts'
import { CopyCard } from './copy-card.tsx'
import { requestOf } from './draft.ts'
import { ExportBar } from './export-bar.tsx'
import { FieldsCard } from './fields-card.tsx'
import { FileCard } from './file-card.tsx'
import { FilterCard } from './filter-card.tsx'
import styles from './new-export.module.css'
import { complaintOf } from './places.ts'
import { PreviewCard } from './preview-card.tsx'
import { joinQuery } from './query-parts.ts'
import { useDraft } from './use-draft.ts'
import { WhatCard } from './what-card.tsx'

const SCOPE = 'read:users'

export default function NewExport() {
  const words = texts.newExport
  const { draft, change, startOver, bringBack } = useDraft()
  const actions = (
    <Button isSmall onPress={bringBack ?? startOver}>
      {bringBack === undefined ? words.startOver : words.bringBack}
    </Button>
  )
  return (
    <Page title={texts.pages.newExport} lead={words.lead} actions={actions}>
      <NeedsScope scope={SCOPE}>
        <Form draft={draft} change={change} />
      </NeedsScope>
    </Page>
  )
}

function Form({ draft, change }: Pick<ReturnType<typeof useDraft>, 'draft' | 'change'>) {
  const made = requestOf(draft)
  const request = typeof made === 'string' ? undefined : made
  const count = useCount(request)
  const preview = usePreview(request)
  // Both look at the whole filter, so both refuse a wrong one. It is shown once, at its place.
  const error = preview.error ?? count.error
  const shift = joinQuery(draft.query, draft.conditions)?.shift ?? 0
  const complaint = error instanceof Error ? complaintOf(error.message, shift) : undefined
  const isPlaced = complaint !== undefined && complaint.place !== 'elsewhere'
  const problem = typeof made === 'string' ? made : undefined
  const parts = { draft, change, complaint: isPlaced ? complaint : undefined, problem }
  return (
    <div className={styles.page}>
      <div className={styles.choices}>
        <WhatCard {...parts} />
        <FieldsCard
          {...parts}
          request={request}
          defaults={preview.data?.request.fields ? undefined : preview.data?.columns}
        />
        <FilterCard {...parts} />
        <FileCard {...parts} />
      </div>
      <div className={styles.side}>
        <div className={styles.results}>
          <PreviewCard preview={preview} isToMend={isPlaced || problem !== undefined} />
          <CopyCard request={request} />
        </div>
        <ExportBar request={request} count={count} isToMend={isPlaced} />
      </div>
    </div>
  )
}
