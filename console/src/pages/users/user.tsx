import { Page } from '../../parts/layout.tsx'
import { Loading } from '../../parts/states.tsx'
import { texts } from '../../texts/texts.ts'

export default function UserPage({ id }: { readonly id: string }) {
  return (
    <Page title={texts.pages.users}>
      <Loading key={id} />
    </Page>
  )
}
