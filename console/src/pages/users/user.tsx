import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { dataOf } from '../../api/client.ts'
import { Problem } from '../../api/problem.ts'
import { useApi } from '../../api/session.tsx'
import { type JsonNode, readJson, writeJson } from '../../format/json-text.ts'
import { LinkButton } from '../../parts/button.tsx'
import { Segments } from '../../parts/choice.tsx'
import { Card, Page, Row } from '../../parts/layout.tsx'
import { Empty, Failed, Loading, NeedsScope, Tag } from '../../parts/states.tsx'
import { Code, CopyButton, UserText } from '../../parts/text.tsx'
import { ROUTES } from '../../routes.ts'
import { texts } from '../../texts/texts.ts'
import { Avatar } from './avatar.tsx'
import { Profile } from './profile.tsx'
import styles from './users.module.css'

const words = texts.userPage

export default function UserPage({ id }: { readonly id: string }) {
  const back = <LinkButton to={ROUTES.users}>{words.back}</LinkButton>
  return (
    <Page title={texts.pages.user} lead={<UserText text={id} max={120} />} actions={back}>
      <NeedsScope scope="read:users">
        <Loaded id={id} />
      </NeedsScope>
    </Page>
  )
}

function Loaded({ id }: { readonly id: string }) {
  const api = useApi()
  const { data, error, refetch } = useQuery({
    queryKey: ['user', id],
    queryFn: async ({ signal }) => {
      // As text: numbers keep all their digits.
      const asked = api.GET('/api/v2/users/{id}', { params: { path: { id } }, parseAs: 'text', signal })
      return readJson(await dataOf(asked))
    },
  })
  if (error instanceof Problem && error.status === 404) {
    return (
      <Empty title={words.unknown}>
        <p>{words.unknownHint}</p>
      </Empty>
    )
  }
  if (error !== null) return <Failed error={error} onTryAgain={() => void refetch()} />
  if (data === undefined) return <Loading lines={8} />
  return <Shown user={data} />
}

type View = 'profile' | 'json'

function Shown({ user }: { readonly user: JsonNode }) {
  const [view, setView] = useState<View>('profile')
  return (
    <>
      <Head user={user} />
      <Segments
        label={words.view}
        isLabelHidden
        options={[
          { id: 'profile', label: words.profile },
          { id: 'json', label: words.json },
        ]}
        value={view}
        onChange={setView}
      />
      {view === 'profile' ? <Profile user={user} /> : <Json user={user} />}
    </>
  )
}

function Head({ user }: { readonly user: JsonNode }) {
  const [id, name, email] = ['user_id', 'name', 'email'].map((member) => textAt(user, member))
  const title = name || email || id || texts.usersPage.nameless
  const isVerified = bareAt(user, 'email_verified')
  return (
    <div className={styles.head}>
      <Avatar name={title} isBig />
      <div className={styles.lines}>
        <h2>
          <UserText text={title} max={120} />
        </h2>
        {email === undefined || email === title ? null : (
          <span className={styles.soft}>
            <UserText text={email} max={120} />
          </span>
        )}
        <Row>
          {bareAt(user, 'blocked') === 'true' ? <Tag tone="bad">{words.blocked}</Tag> : null}
          {isVerified === 'true' ? <Tag tone="good">{words.verified}</Tag> : null}
          {isVerified === 'false' ? <Tag tone="warn">{words.unverified}</Tag> : null}
          <CopyButton text={id ?? ''} label={words.copyId} />
        </Row>
      </div>
    </div>
  )
}

function Json({ user }: { readonly user: JsonNode }) {
  const text = writeJson(user)
  return (
    <Card title={words.json} actions={<CopyButton text={text} label={words.copyJson} />}>
      <Code text={text} isWrapped />
    </Card>
  )
}

function memberOf(user: JsonNode, name: string): JsonNode | undefined {
  return user.kind === 'object' ? user.members.find(([member]) => member === name)?.[1] : undefined
}

function textAt(user: JsonNode, name: string): string | undefined {
  const node = memberOf(user, name)
  return node?.kind === 'text' ? node.text : undefined
}

function bareAt(user: JsonNode, name: string): string | undefined {
  const node = memberOf(user, name)
  return node?.kind === 'bare' ? node.source : undefined
}
