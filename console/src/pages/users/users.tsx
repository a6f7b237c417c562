import { Page } from '../../parts/layout.tsx'
import { Loading } from '../../parts/states.tsx'
import { texts } from '../../texts/texts.ts'

export default function Users() {
  return (
    <Page title={texts.pages.users}>
      <Loading />
    </Page>
  )
}
