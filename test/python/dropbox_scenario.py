"""Calls every route of the Dropbox simulator with the official Python SDK.

Usage: dropbox_scenario.py [--read-only] URL

The SDK validates each answer against the API's specification, so a wrong field, tag or type ends the run with an error.
Prints a JSON document with the number of calls and routes.

URL is the address of a simulator with the demo team and model A. With --read-only, the script reads what a sync reads and
changes nothing, which works with every team and model.
"""

import argparse
import hashlib
import json
from urllib.parse import urlsplit, urlunsplit

import requests
from requests.adapters import HTTPAdapter

import dropbox
from dropbox import async_, common, files, sharing, team, team_common, team_log, users
from dropbox.exceptions import ApiError, AuthError, BadInputError, PathRootError

BLOCK = 4 * 1024 * 1024


class LocalDropbox(HTTPAdapter):
    """Sends requests for any of Dropbox's hosts to one address on this machine."""

    def __init__(self, base):
        super().__init__()
        self.base = urlsplit(base)
        self.calls = 0

    def send(self, request, **options):
        parts = urlsplit(request.url)
        request.url = urlunsplit((self.base.scheme, self.base.netloc, parts.path, parts.query, ""))
        self.calls += 1
        return super().send(request, **options)


class Sandbox:
    """The simulator's own pages."""

    def __init__(self, base):
        self.base = base

    def get(self, page):
        answer = requests.get(f"{self.base}/sandbox/{page}", timeout=10)
        answer.raise_for_status()
        return answer.json()

    def post(self, page, body=None):
        answer = requests.post(f"{self.base}/sandbox/{page}", json=body or {}, timeout=10)
        answer.raise_for_status()
        return answer.json()


def content_hash(data):
    blocks = (data[start : start + BLOCK] for start in range(0, len(data), BLOCK))
    return hashlib.sha256(b"".join(hashlib.sha256(block).digest() for block in blocks)).hexdigest()


def wait_for_job(poll, launch):
    """Polls an asynchronous job until it is complete. The simulator advances it with each poll."""
    if hasattr(launch, "is_complete") and launch.is_complete():
        return launch
    for _ in range(20):
        status = poll(launch.get_async_job_id())
        if status.is_complete():
            return status
        assert status.is_in_progress(), status
    raise AssertionError("the job does not end")


def every_page(first, more):
    """All pages of a list that has `has_more`."""
    pages = [first]
    while pages[-1].has_more:
        pages.append(more(pages[-1].cursor))
    return pages


def every_sharing_page(first, more):
    """All pages of a list that has a cursor if and only if there is another page."""
    pages = [first]
    while pages[-1].cursor:
        pages.append(more(pages[-1].cursor))
    return pages


def assert_refused(error_type, call, check=lambda error: True):
    try:
        call()
    except error_type as error:
        assert check(error), error
        return
    raise AssertionError(f"{error_type.__name__} was expected")


def by_id(member_id):
    return team.UserSelectorArg.team_member_id(member_id)


class Session:
    """A team-linked app that talks to the simulator."""

    def __init__(self, base):
        self.sandbox = Sandbox(base)
        self.adapter = LocalDropbox(base)
        self.session = requests.Session()
        self.session.mount("https://", self.adapter)
        self.info = self.sandbox.get("info")
        self.team = dropbox.DropboxTeam(
            oauth2_refresh_token=self.info["refresh_token"],
            app_key=self.info["app_key"],
            app_secret=self.info["app_secret"],
            session=self.session,
        )

    def active_members(self):
        """A client for each active member."""
        pages = every_page(self.team.team_members_list_v2(), self.team.team_members_list_continue_v2)
        for member in (member for page in pages for member in page.members):
            if member.profile.status.is_active():
                yield self.team.as_user(member.profile.team_member_id)


class ReadOnlyScenario(Session):
    """Reads what a sync reads, as every member and from every namespace."""

    def run(self):
        team_client = self.team
        every_page(team_client.team_members_list_v2(include_removed=True), team_client.team_members_list_continue_v2)
        groups = every_page(team_client.team_groups_list(), team_client.team_groups_list_continue)
        for group in (group for page in groups for group in page.groups):
            selector = team.GroupSelector.group_id(group.group_id)
            every_page(team_client.team_groups_members_list(selector), team_client.team_groups_members_list_continue)
            team_client.team_groups_get_info(team.GroupsSelector.group_ids([group.group_id]))
        every_page(team_client.team_team_folder_list(), team_client.team_team_folder_list_continue)
        every_page(team_client.team_log_get_events(), team_client.team_log_get_events_continue)
        pages = every_page(team_client.team_namespaces_list(), team_client.team_namespaces_list_continue)
        namespaces = {each.namespace_id for page in pages for each in page.namespaces}
        files_read = sum(self.read_member(user, namespaces) for user in self.active_members())
        assert files_read > 0
        return {"calls": self.adapter.calls, "files": files_read}

    def read_member(self, user, namespaces):
        account = user.users_get_current_account()
        rooted = user.with_path_root(common.PathRoot.root(account.root_info.root_namespace_id))
        first = rooted.files_list_folder("", recursive=True, include_has_explicit_shared_members=True)
        pages = every_page(first, rooted.files_list_folder_continue)
        entries = [entry for page in pages for entry in page.entries]
        ids = sorted({entry.id for entry in entries if isinstance(entry, files.FileMetadata)})
        for start in range(0, len(ids), 100):
            rooted.sharing_list_file_members_batch(ids[start : start + 100])
            rooted.sharing_get_file_metadata_batch(ids[start : start + 100])
        for file_id in ids[:5]:
            every_sharing_page(rooted.sharing_list_file_members(file_id), rooted.sharing_list_file_members_continue)
            rooted.files_list_revisions(file_id)
        listed = every_sharing_page(rooted.sharing_list_folders(), rooted.sharing_list_folders_continue)
        for folder in (entry for page in listed for entry in page.entries):
            assert folder.shared_folder_id in namespaces, folder
            self.read_folder_members(rooted, folder.shared_folder_id)
        every_sharing_page(rooted.sharing_list_mountable_folders(), rooted.sharing_list_mountable_folders_continue)
        every_sharing_page(rooted.sharing_list_received_files(), rooted.sharing_list_received_files_continue)
        rooted.sharing_list_shared_links()
        return len(ids)

    def read_folder_members(self, user, folder):
        try:
            members = user.sharing_list_folder_members(folder)
            every_sharing_page(members, user.sharing_list_folder_members_continue)
        except ApiError as error:
            # A user who only passes through a folder to a subfolder may not list its members.
            assert error.error.is_not_a_member(), error


class Scenario(Session):
    """Calls every route, and checks most changes by another route."""

    def run(self):
        self.the_team()
        self.members()
        self.groups()
        self.team_folders()
        self.own_files()
        self.uploads()
        self.links()
        self.cursors()
        self.shared_folders()
        self.leaving_folders()
        self.shared_files()
        self.team_space()
        self.audit_log()
        self.tokens()
        unused = set(self.sandbox.get("routes")) - set(self.sandbox.get("stats")["calls"])
        assert not unused, unused
        return {"calls": self.adapter.calls, "routes": len(self.sandbox.get("routes"))}

    # The team

    def the_team(self):
        profile = self.team.team_token_get_authenticated_admin().admin_profile
        assert profile.team_member_id == self.info["admin"]["team_member_id"]
        self.admin_id = profile.team_member_id
        self.admin = self.team.as_user(self.admin_id)
        info = self.team.team_get_info()
        assert info.team_id == self.info["team_id"]
        values = self.team.team_features_get_values(
            [
                team.Feature.upload_api_rate_limit,
                team.Feature.has_team_shared_dropbox,
                team.Feature.has_team_file_events,
                team.Feature.has_team_selective_sync,
                team.Feature.has_distinct_member_homes,
            ]
        ).values
        assert values[1].get_has_team_shared_dropbox().get_has_team_shared_dropbox() is False
        assert_refused(
            ApiError, lambda: self.team.team_features_get_values([]), lambda e: e.error.is_empty_features_list()
        )

    def members(self):
        ana = team.MemberAddArg(
            member_email="ana@example.com", member_given_name="Ana", member_surname="Silva", role=team.AdminTier.team_admin
        )
        added = self.team.team_members_add([ana]).get_complete()
        self.ana_id = added[0].get_success().profile.team_member_id
        assert added[0].get_success().profile.status.is_invited()
        ben = team.MemberAddV2Arg(member_email="ben@example.com", member_given_name="Ben", member_external_id="ext-ben")
        launch = self.team.team_members_add_v2([ben], force_async=True)
        done = wait_for_job(self.team.team_members_add_job_status_get_v2, launch).get_complete()
        self.ben_id = done[0].get_success().profile.team_member_id
        launch = self.team.team_members_add([team.MemberAddArg(member_email="cleo@example.com")], force_async=True)
        done = wait_for_job(self.team.team_members_add_job_status_get, launch).get_complete()
        self.cleo_id = done[0].get_success().profile.team_member_id
        again = self.team.team_members_add_v2([ben]).get_complete()
        assert again[0].is_user_already_on_team(), again

        for member_id in (self.ana_id, self.ben_id, self.cleo_id):
            self.sandbox.post("members/activate", {"team_member_id": member_id})
        pages = every_page(self.team.team_members_list_v2(limit=2), self.team.team_members_list_continue_v2)
        emails = [member.profile.email for page in pages for member in page.members]
        assert len(pages) > 1 and "cleo@example.com" in emails, emails
        pages = every_page(self.team.team_members_list(limit=2), self.team.team_members_list_continue)
        tiers = {member.profile.email: member.role for page in pages for member in page.members}
        assert tiers["ana@example.com"].is_team_admin() and tiers["ben@example.com"].is_member_only()
        assert_refused(
            ApiError, lambda: self.team.team_members_list_continue_v2("nonsense"), lambda e: e.error.is_invalid_cursor()
        )

        found = self.team.team_members_get_info_v2(
            [team.UserSelectorArg.external_id("ext-ben"), team.UserSelectorArg.email("unknown@example.com")]
        ).members_info
        assert found[0].get_member_info().profile.team_member_id == self.ben_id
        assert found[1].get_id_not_found() == "unknown@example.com"
        found = self.team.team_members_get_info([by_id(self.ben_id), by_id("dbmid:unknown")])
        assert found[0].get_member_info().role.is_member_only()
        assert found[1].get_id_not_found() == "dbmid:unknown"

        renamed = self.team.team_members_set_profile_v2(by_id(self.cleo_id), new_given_name="Cleopatra").member_info
        assert renamed.profile.name.given_name == "Cleopatra"
        permissions = self.team.team_members_set_admin_permissions(by_id(self.cleo_id), team.AdminTier.support_admin)
        assert permissions.role.is_support_admin()

        self.team.team_members_suspend(by_id(self.cleo_id), wipe_data=False)
        assert_refused(
            AuthError, self.team.as_user(self.cleo_id).users_get_current_account, lambda e: e.error.is_user_suspended()
        )
        self.team.team_members_unsuspend(by_id(self.cleo_id))
        launch = self.team.team_members_remove(by_id(self.cleo_id))
        wait_for_job(self.team.team_members_remove_job_status_get, launch)
        assert_refused(
            AuthError,
            self.team.as_user(self.cleo_id).users_get_current_account,
            lambda e: e.error.is_invalid_select_user(),
        )
        removed = self.team.team_members_list_v2(include_removed=True).members
        status = next(m.profile.status for m in removed if m.profile.team_member_id == self.cleo_id)
        assert status.get_removed().is_recoverable
        self.team.team_members_recover(by_id(self.cleo_id))

        self.ana = self.team.as_user(self.ana_id)
        self.ben = self.team.as_user(self.ben_id)
        self.ana_account = self.ana.users_get_current_account().account_id
        self.ben_account = self.ben.users_get_current_account().account_id
        features = self.ben.users_features_get_values(
            [
                users.UserFeature.paper_as_files,
                users.UserFeature.file_locking,
                users.UserFeature.team_shared_dropbox,
                users.UserFeature.distinct_member_home,
            ]
        )
        assert len(features.values) == 4
        assert self.ben.check_user("hello").result == "hello"
        usage = self.ben.users_get_space_usage()
        assert usage.used == 0 and usage.allocation.get_team().used > 0, usage

    def groups(self):
        group = self.team.team_groups_create(
            "Rocket engineering",
            group_external_id="rocket",
            group_management_type=team_common.GroupManagementType.user_managed,
        )
        selector = team.GroupSelector.group_id(group.group_id)
        self.engineering = group.group_id
        change = self.team.team_groups_members_add(
            selector,
            [
                team.MemberAccess(by_id(self.ana_id), team.GroupAccessType.owner),
                team.MemberAccess(by_id(self.ben_id), team.GroupAccessType.member),
            ],
        )
        assert change.group_info.member_count == 2
        wait_for_job(self.team.team_groups_job_status_get, async_.LaunchEmptyResult.async_job_id(change.async_job_id))
        self.team.team_groups_members_set_access_type(selector, by_id(self.ben_id), team.GroupAccessType.owner)
        pages = every_page(
            self.team.team_groups_members_list(selector, limit=1), self.team.team_groups_members_list_continue
        )
        assert [page.members[0].access_type.is_owner() for page in pages] == [True, True]
        self.team.team_groups_members_set_access_type(selector, by_id(self.ben_id), team.GroupAccessType.member)
        renamed = self.team.team_groups_update(selector, new_group_name="Rocket engineers")
        assert renamed.group_name == "Rocket engineers"
        other = self.team.team_groups_create("Short-lived")
        pages = every_page(self.team.team_groups_list(limit=1), self.team.team_groups_list_continue)
        assert "Short-lived" in [page.groups[0].group_name for page in pages]
        info = self.team.team_groups_get_info(team.GroupsSelector.group_external_ids(["rocket", "none"]))
        assert info[0].get_group_info().group_id == group.group_id and info[1].get_id_not_found() == "none"
        change = self.team.team_groups_members_remove(selector, [by_id(self.ben_id)])
        assert change.group_info.member_count == 1
        launch = self.team.team_groups_delete(team.GroupSelector.group_id(other.group_id))
        wait_for_job(self.team.team_groups_job_status_get, launch)

    def team_folders(self):
        self.plans = self.team.team_team_folder_create("Launch plans").team_folder_id
        old = self.team.team_team_folder_create("Outdated").team_folder_id
        assert_refused(
            ApiError,
            lambda: self.team.team_team_folder_create("launch PLANS"),
            lambda e: e.error.is_folder_name_already_used(),
        )
        assert self.team.team_team_folder_rename(old, "More outdated").name == "More outdated"
        wait_for_job(self.team.team_team_folder_archive_check, self.team.team_team_folder_archive(old))
        assert self.team.team_team_folder_activate(old).status.is_active()
        wait_for_job(self.team.team_team_folder_archive_check, self.team.team_team_folder_archive(old))
        pages = every_page(self.team.team_team_folder_list(limit=1), self.team.team_team_folder_list_continue)
        assert {page.team_folders[0].name for page in pages} >= {"Launch plans", "More outdated"}
        self.team.team_team_folder_permanently_delete(old)
        info = self.team.team_team_folder_get_info([self.plans, old])
        assert info[0].get_team_folder_metadata().name == "Launch plans"
        pages = every_page(self.team.team_namespaces_list(limit=2), self.team.team_namespaces_list_continue)
        kinds = [namespace.namespace_type._tag for page in pages for namespace in page.namespaces]
        assert "team_folder" in kinds and "team_member_folder" in kinds, kinds

    # Files of one member

    def own_files(self):
        ben = self.ben
        data = b"first words\n"
        first = ben.files_upload(data, "/Täglich/日本 note.txt", content_hash=content_hash(data))
        assert first.content_hash == content_hash(data) and first.size == len(data)
        second = ben.files_upload(
            b"second words\n", "/Täglich/日本 note.txt", mode=files.WriteMode.update(first.rev)
        )
        assert second.id == first.id and second.rev != first.rev
        assert_refused(
            ApiError,
            lambda: ben.files_upload(b"third", "/Täglich/日本 note.txt"),
            lambda e: e.error.get_path().reason.get_conflict().is_file(),
        )
        assert_refused(
            ApiError,
            lambda: ben.files_upload(b"x", "/bad.bin", content_hash="0" * 64),
            lambda e: e.error.is_content_hash_mismatch(),
        )
        revisions = ben.files_list_revisions("/Täglich/日本 note.txt")
        assert [each.rev for each in revisions.entries] == [second.rev, first.rev]

        metadata, response = ben.files_download(first.id)
        assert response.content == b"second words\n" and metadata.path_display == "/Täglich/日本 note.txt"
        old = ben.files_download(f"rev:{first.rev}")[1].content
        assert old == data
        link = ben.files_get_temporary_link("/Täglich/日本 note.txt").link
        assert requests.get(link, timeout=10).content == b"second words\n"
        self.sandbox.post("links/expire")
        assert requests.get(link, timeout=10).status_code == 410

        folder = ben.files_create_folder_v2("/Work").metadata
        assert isinstance(folder, files.FolderMetadata)
        moved = ben.files_move_v2("/Täglich/日本 note.txt", "/Work/note.txt").metadata
        assert moved.id == first.id
        copied = ben.files_copy_v2("/Work/note.txt", "/Work/copy.txt").metadata
        assert copied.id != first.id
        assert ben.files_get_metadata("/work/COPY.txt").name == "copy.txt"
        deleted = ben.files_delete_v2("/Work/copy.txt").metadata
        assert isinstance(deleted, files.FileMetadata)
        assert isinstance(ben.files_get_metadata("/Work/copy.txt", include_deleted=True), files.DeletedMetadata)
        assert ben.files_restore("/Work/copy.txt", copied.rev).name == "copy.txt"
        ben.files_permanently_delete("/Work/copy.txt")
        assert_refused(ApiError, lambda: ben.files_restore("/Work/copy.txt", copied.rev))
        assert_refused(
            ApiError, lambda: ben.files_get_metadata("/nowhere"), lambda e: e.error.get_path().is_not_found()
        )

        author, document = self.cloud_document()
        exported, response = author.files_export(document)
        assert exported.export_metadata.size == len(response.content) > 0
        assert_refused(ApiError, lambda: author.files_download(document), lambda e: e.error.is_unsupported_file())

    def uploads(self):
        """Large files are uploaded in pieces, many small ones in batches."""
        ben = self.ben

        def at(session, offset):
            return files.UploadSessionCursor(session, offset)

        def finished(session, offset, path):
            return files.UploadSessionFinishArg(at(session, offset), files.CommitInfo(path))

        session = ben.files_upload_session_start(b"one").session_id
        ben.files_upload_session_append(b"two", session, 3)
        assert_refused(
            ApiError,
            lambda: ben.files_upload_session_append_v2(b"three", at(session, 4)),
            lambda e: e.error.get_incorrect_offset().correct_offset == 6,
        )
        ben.files_upload_session_append_v2(b"three", at(session, 6))
        whole = ben.files_upload_session_finish(b"four", at(session, 11), files.CommitInfo("/Large/whole.txt"))
        assert ben.files_download(whole.id)[1].content == b"onetwothreefour"
        assert_refused(
            ApiError,
            lambda: ben.files_upload_session_finish(b"", at(session, 15), files.CommitInfo("/Large/again.txt")),
            lambda e: e.error.get_lookup_failed().is_closed(),
        )

        sessions = ben.files_upload_session_start_batch(3).session_ids
        pieces = [
            files.UploadSessionAppendBatchArgEntry(at(sessions[0], 0), 1, close=True),
            files.UploadSessionAppendBatchArgEntry(at(sessions[1], 0), 2, close=False),
            files.UploadSessionAppendBatchArgEntry(at(sessions[2], 9), 3, close=True),
        ]
        results = ben.files_upload_session_append_batch(b"abbccc", pieces).entries
        assert [result.is_success() for result in results] == [True, True, False]
        assert results[2].get_failure().get_incorrect_offset().correct_offset == 0
        entries = [finished(sessions[0], 1, "/Large/a.txt"), finished(sessions[1], 2, "/Large/b.txt")]
        results = ben.files_upload_session_finish_batch_v2(entries).entries
        assert results[0].get_success().size == 1
        assert results[1].get_failure().get_lookup_failed().is_not_closed()
        ben.files_upload_session_append_v2(b"", at(sessions[1], 2), close=True)
        launch = ben.files_upload_session_finish_batch(entries[1:])
        assert launch.is_async_job_id()
        done = wait_for_job(ben.files_upload_session_finish_batch_check, launch).get_complete()
        assert done.entries[0].get_success().path_display == "/Large/b.txt"

        concurrent = files.UploadSessionType.concurrent
        session = ben.files_upload_session_start(b"", session_type=concurrent).session_id
        assert_refused(
            ApiError,
            lambda: ben.files_upload_session_append_v2(b"short", at(session, 0)),
            lambda e: e.error.is_concurrent_session_invalid_data_size(),
        )
        ben.files_upload_session_append_v2(b"x" * BLOCK, at(session, 0))
        ben.files_upload_session_append_v2(b"end", at(session, BLOCK), close=True)
        size = BLOCK + 3
        assert ben.files_upload_session_finish(b"", at(session, size), files.CommitInfo("/Large/c.bin")).size == size
        ben.files_delete_v2("/Large")

    def links(self):
        ben = self.ben
        settings = sharing.SharedLinkSettings(audience=sharing.LinkAudience.team)
        link = ben.sharing_create_shared_link_with_settings("/Work/note.txt", settings)
        assert isinstance(link, sharing.FileLinkMetadata), link
        assert link.link_permissions.effective_audience.is_team()
        assert_refused(
            ApiError,
            lambda: ben.sharing_create_shared_link_with_settings("/Work/note.txt", settings),
            lambda e: e.error.is_shared_link_already_exists() and e.error.get_shared_link_already_exists() is None,
        )
        assert_refused(
            ApiError,
            lambda: ben.sharing_create_shared_link_with_settings("/Work/note.txt"),
            lambda e: e.error.get_shared_link_already_exists().get_metadata().url == link.url,
        )
        assert_refused(
            ApiError,
            lambda: ben.sharing_create_shared_link_with_settings("/Work", sharing.SharedLinkSettings()),
            lambda e: e.error.get_settings_error().is_invalid_settings(),
        )
        assert isinstance(ben.sharing_create_shared_link_with_settings("/Work"), sharing.FolderLinkMetadata)
        found = ben.sharing_list_shared_links("/Work/note.txt", direct_only=True).links
        assert [each.url for each in found] == [link.url]

    def cloud_document(self):
        for user in self.active_members():
            pages = every_page(user.files_list_folder("", recursive=True), user.files_list_folder_continue)
            for entry in (entry for page in pages for entry in page.entries):
                if isinstance(entry, files.FileMetadata) and not entry.is_downloadable:
                    return user, entry.id
        raise AssertionError("no member has a cloud document")

    def cursors(self):
        ben = self.ben
        for number in range(5):
            ben.files_upload(b"%d" % number, f"/Many/{number}.txt")
        pages = every_page(ben.files_list_folder("", recursive=True, limit=2), ben.files_list_folder_continue)
        names = [entry.path_lower for page in pages for entry in page.entries]
        assert "/many/4.txt" in names and len(pages) > 2, names
        cursor = pages[-1].cursor
        latest = ben.files_list_folder_get_latest_cursor("", recursive=True).cursor
        later = every_page(ben.files_list_folder_continue(latest), ben.files_list_folder_continue)
        assert [entry for page in later for entry in page.entries] == []
        ben.files_delete_v2("/Many")
        assert ben.files_list_folder_longpoll(cursor).changes
        entries = [
            entry
            for page in every_page(ben.files_list_folder_continue(cursor), ben.files_list_folder_continue)
            for entry in page.entries
        ]
        assert any(isinstance(each, files.DeletedMetadata) and each.path_lower == "/many" for each in entries), entries
        self.sandbox.post("cursors/reset")
        assert_refused(ApiError, lambda: ben.files_list_folder_continue(cursor), lambda e: e.error.is_reset())
        assert_refused(BadInputError, lambda: ben.files_list_folder("/"))

    # Sharing

    def share(self, path):
        launch = self.ben.sharing_share_folder(path, force_async=True)
        return wait_for_job(self.ben.sharing_check_share_job_status, launch).get_complete().shared_folder_id

    def shared_folders(self):
        ben, ana = self.ben, self.ana
        for name in ("One", "Two", "Three"):
            ben.files_create_folder_v2(f"/{name}")
        self.one, self.two, self.three = (self.share(f"/{name}") for name in ("One", "Two", "Three"))
        ana_selector = sharing.MemberSelector.dropbox_id(self.ana_account)
        group = sharing.MemberSelector.dropbox_id(self.engineering)
        stranger = sharing.MemberSelector.email("stranger@elsewhere.example")
        viewer, editor = sharing.AccessLevel.viewer, sharing.AccessLevel.editor
        for folder in (self.one, self.two, self.three):
            ben.sharing_add_folder_member(folder, [sharing.AddMember(ana_selector, editor)], quiet=True)
        ben.sharing_add_folder_member(
            self.one, [sharing.AddMember(group, viewer), sharing.AddMember(stranger, viewer)], quiet=True
        )
        changed = ben.sharing_update_folder_member(self.one, ana_selector, viewer)
        assert changed is not None
        pages = every_sharing_page(
            ben.sharing_list_folder_members(self.one, limit=1), ben.sharing_list_folder_members_continue
        )
        levels = {each.user.email: each.access_type._tag for page in pages for each in page.users}
        assert levels["ana@example.com"] == "viewer" and levels["ben@example.com"] == "owner", levels
        assert [each.group.group_id for page in pages for each in page.groups] == [self.engineering]
        assert [each.invitee.get_email() for page in pages for each in page.invitees] == ["stranger@elsewhere.example"]

        metadata = ana.sharing_get_folder_metadata(self.one)
        assert metadata.access_type.is_viewer() and metadata.name == "One"
        pages = every_sharing_page(ana.sharing_list_folders(limit=1), ana.sharing_list_folders_continue)
        assert {entry.name for page in pages for entry in page.entries} >= {"One", "Two", "Three"}
        ana.sharing_unmount_folder(self.two)
        pages = every_sharing_page(
            ana.sharing_list_mountable_folders(limit=1), ana.sharing_list_mountable_folders_continue
        )
        mountable = {entry.name: entry for page in pages for entry in page.entries}
        assert mountable["Two"].path_lower is None
        assert ana.sharing_mount_folder(self.two).path_lower is not None

        policy = ben.sharing_update_folder_policy(self.two, acl_update_policy=sharing.AclUpdatePolicy.owner).policy
        assert policy.acl_update_policy.is_owner()
        assert_refused(
            ApiError,
            lambda: ana.sharing_add_folder_member(self.two, [sharing.AddMember(stranger, viewer)]),
            lambda e: e.error.is_no_permission() or e.error.is_access_error(),
        )
        ben.sharing_transfer_folder(self.two, self.ana_account)
        assert ana.sharing_get_folder_metadata(self.two).access_type.is_owner()

    def leaving_folders(self):
        ben, ana = self.ben, self.ana
        ana_selector = sharing.MemberSelector.dropbox_id(self.ana_account)
        launch = ben.sharing_remove_folder_member(self.one, ana_selector, leave_a_copy=False)
        wait_for_job(ben.sharing_check_remove_member_job_status, launch)
        assert_refused(
            ApiError, lambda: ben.sharing_relinquish_folder_membership(self.two), lambda e: e.error.is_mounted()
        )
        ben.sharing_unmount_folder(self.two)
        wait_for_job(ben.sharing_check_job_status, ben.sharing_relinquish_folder_membership(self.two))
        for number in range(21):  # with this many files, unsharing takes a job
            ben.files_upload(b"content", f"/Three/{number}.txt")
        wait_for_job(ben.sharing_check_job_status, ben.sharing_unshare_folder(self.three))
        assert_refused(
            ApiError,
            lambda: ana.sharing_get_folder_metadata(self.three),
            lambda e: e.error.is_invalid_id() or e.error.is_not_a_member(),
        )

    def shared_files(self):
        ben, ana = self.ben, self.ana
        selector = sharing.MemberSelector.dropbox_id(self.ana_account)
        stranger = sharing.MemberSelector.email("stranger@elsewhere.example")
        viewer = sharing.AccessLevel.viewer
        paths = [f"/Letters/{number}.txt" for number in range(3)]
        ids = [ben.files_upload(path.encode(), path).id for path in paths]
        for file_id in ids:
            results = ben.sharing_add_file_member(file_id, [selector, stranger], access_level=viewer, quiet=True)
            assert all(each.result.is_success() for each in results), results
        ben.sharing_update_file_member(ids[0], selector, viewer)
        pages = every_sharing_page(
            ben.sharing_list_file_members(ids[0], limit=1), ben.sharing_list_file_members_continue
        )
        emails = [each.user.email for page in pages for each in page.users]
        assert "ana@example.com" in emails, emails
        batch = ben.sharing_list_file_members_batch([*ids, "id:doesnotexist0000000000"])
        assert batch[0].result.get_result().member_count >= 2, batch[0]
        assert batch[3].result.is_access_error()

        assert ana.sharing_get_file_metadata(ids[0]).name == "0.txt"
        batch = ana.sharing_get_file_metadata_batch([ids[1], "id:doesnotexist0000000000"])
        assert batch[0].result.is_metadata() and batch[1].result.is_access_error()
        pages = every_sharing_page(
            ana.sharing_list_received_files(limit=1), ana.sharing_list_received_files_continue
        )
        assert {entry.id for page in pages for entry in page.entries} == set(ids)

        assert ben.sharing_remove_file_member_2(ids[0], selector).is_success()
        ana.sharing_relinquish_file_membership(ids[1])
        ben.sharing_unshare_file(ids[2])
        pages = every_sharing_page(ana.sharing_list_received_files(), ana.sharing_list_received_files_continue)
        assert [entry for page in pages for entry in page.entries] == []
        links = [link for user in self.active_members() for link in user.sharing_list_shared_links().links]
        assert links and all(link.url for link in links), links

    # The migration to a team space

    def team_space(self):
        admin = self.team.as_admin(self.admin_id)
        as_plans = admin.with_path_root(common.PathRoot.namespace_id(self.plans))
        as_plans.files_create_folder_v2("/Board")
        shared = as_plans.sharing_share_folder("/Board")
        board = wait_for_job(admin.sharing_check_share_job_status, shared).get_complete().shared_folder_id
        admin_selector = sharing.MemberSelector.dropbox_id(self.admin.users_get_current_account().account_id)
        admin.sharing_add_folder_member(
            self.plans, [sharing.AddMember(admin_selector, sharing.AccessLevel.editor)], quiet=True
        )
        old_root = self.ben.users_get_current_account().root_info.root_namespace_id
        self.sandbox.post("migrate", {"model": "C"})
        root = self.ben.users_get_current_account().root_info
        assert root.root_namespace_id != root.home_namespace_id

        stale = self.ben.with_path_root(common.PathRoot.root(old_root))
        assert_refused(
            PathRootError,
            lambda: stale.files_list_folder(""),
            lambda e: e.error.get_invalid_root().root_namespace_id == root.root_namespace_id,
        )
        foreign = self.ben.with_path_root(common.PathRoot.namespace_id("1"))
        assert_refused(PathRootError, lambda: foreign.files_list_folder(""), lambda e: e.error.is_no_permission())
        current = self.ben.with_path_root(common.PathRoot.root(root.root_namespace_id))
        assert current.files_list_folder("").entries

        launch = self.admin.sharing_set_access_inheritance(board, sharing.AccessInheritance.no_inherit)
        wait_for_job(self.admin.sharing_check_share_job_status, launch)
        assert self.admin.sharing_get_folder_metadata(board).access_inheritance.is_no_inherit()
        assert_refused(
            BadInputError, lambda: admin.sharing_set_access_inheritance(board, sharing.AccessInheritance.inherit)
        )

    # The audit log and the tokens

    def audit_log(self):
        pages = every_page(self.team.team_log_get_events(limit=10), self.team.team_log_get_events_continue)
        events = [event for page in pages for event in page.events]
        types = {event.event_type._tag for event in events}
        expected = {
            "group_create",
            "group_add_member",
            "member_change_status",
            "shared_content_add_member",
            "shared_folder_create",
            "team_folder_create",
        }
        assert expected <= types, expected - types
        cursor = pages[-1].cursor
        self.team.team_groups_create("Latest")
        pages = every_page(self.team.team_log_get_events_continue(cursor), self.team.team_log_get_events_continue)
        assert "group_create" in {event.event_type._tag for page in pages for event in page.events}
        only = self.team.team_log_get_events(category=team_log.EventCategory.groups).events
        assert only and all(event.event_category.is_groups() for event in only)
        self.sandbox.post("events/reset")
        assert_refused(
            ApiError,
            lambda: self.team.team_log_get_events_continue(cursor),
            lambda e: e.error.is_reset() and e.error.get_reset() is not None,
        )

    def tokens(self):
        app = dropbox.Dropbox(
            app_key=self.info["app_key"], app_secret=self.info["app_secret"], session=self.session
        )
        assert app.check_app("hello").result == "hello"
        self.sandbox.post("tokens", {"expire_now": True})
        assert self.team.team_get_info().team_id == self.info["team_id"]
        link = self.sandbox.post(
            "tokens", {"link": {"email": "ben@example.com", "scopes": ["account_info.read", "files.metadata.read"]}}
        )
        personal = dropbox.Dropbox(oauth2_access_token=link["access_token"], session=self.session)
        assert personal.users_get_current_account().email == "ben@example.com"
        assert_refused(
            AuthError,
            lambda: personal.files_download("/Work/note.txt"),
            lambda e: e.error.get_missing_scope().required_scope == "files.content.read",
        )
        personal.auth_token_revoke()
        assert_refused(AuthError, personal.users_get_current_account, lambda e: e.error.is_invalid_access_token())


if __name__ == "__main__":
    options = argparse.ArgumentParser()
    options.add_argument("url")
    options.add_argument("--read-only", action="store_true")
    wanted = options.parse_args()
    print(json.dumps((ReadOnlyScenario if wanted.read_only else Scenario)(wanted.url).run()))
