"""Posts as forms and parts."""

from tests import make


def test_a_like_swaps_its_button_or_leads_back(app, sign_in):
    post_id = make.post(make.user("ana"))
    browser = sign_in(make.user("ben"))
    part = browser.part(f"/p/{post_id}/like", method="POST")
    assert part.status_code == 200
    assert 'aria-pressed="true"' in part.text
    assert "1 like" in part.text
    plain = browser.post(f"/p/{post_id}/unlike", headers={"Referer": f"http://localhost/p/{post_id}"})
    assert plain.status_code == 303
    assert plain.location == f"/p/{post_id}#post-{post_id}"


def test_deleting_offers_a_way_back(app, sign_in):
    ana = make.user("ana")
    browser = sign_in(ana)
    post_id = make.post(ana, "Come back")
    assert browser.post(f"/p/{post_id}/delete").location == "/"
    page = browser.get("/").text
    assert "Post deleted" in page
    assert f'action="/p/{post_id}/restore"' in page
    assert browser.post(f"/p/{post_id}/restore").status_code == 303
    assert browser.get(f"/p/{post_id}").status_code == 200


def test_editing_keeps_what_was_typed_when_refused(app, sign_in):
    ana = make.user("ana")
    browser = sign_in(ana)
    post_id = make.post(ana, "Before")
    answer = browser.post(f"/p/{post_id}/edit", data={"caption": "y" * 2201, "location": "Oslo"})
    assert answer.status_code == 422
    assert "y" * 2201 in answer.text
    assert 'value="Oslo"' in answer.text
    assert "At most 2,200 characters" in answer.text
    assert browser.post(f"/p/{post_id}/edit", data={"caption": "After"}).status_code == 303
    assert "After" in browser.get(f"/p/{post_id}").text


def test_the_compose_form_says_what_is_missing(app, sign_in):
    browser = sign_in(make.user("ana"))
    assert browser.get("/new").status_code == 200
    answer = browser.post("/new", data={"caption": "Words that stay"}, content_type="multipart/form-data")
    assert answer.status_code == 422
    assert "Choose at least one photo" in answer.text
    assert "Words that stay" in answer.text


def test_text_is_escaped_and_linked(app, visitor):
    ana = make.user("ana")
    post_id = make.post(ana, "<script>alert(1)</script> #fog & @ana\nsecond line")
    page = visitor.get(f"/p/{post_id}").text
    assert "<script>alert" not in page
    assert '<a href="/tags/fog">#fog</a>' in page
    assert '<a href="/@ana">@ana</a>' in page
    assert "<br>second line" in page


def test_tags_saved_and_likes_have_their_pages(app, sign_in):
    ana = make.user("ana")
    browser = sign_in(ana)
    for path in ("/tags/fog", "/saved", "/likes"):
        assert browser.get(path).status_code == 200, path
    post_id = make.post(ana, "#fog")
    make.like(ana, post_id)
    browser.post(f"/p/{post_id}/save")
    for path in ("/tags/fog", "/saved", "/likes", f"/p/{post_id}/likes"):
        page = browser.get(path)
        assert page.status_code == 200, path
    assert f"/p/{post_id}" in browser.get("/tags/fog").text
    assert f"/p/{post_id}" in browser.get("/saved").text


def test_a_failed_post_says_why_and_how_to_go_on(app, sign_in):
    ana = make.user("ana")
    good, bad = make.media(ana), make.media(ana, status="processing")
    with make.unit():
        post_id = make.posts.create(ana.viewer, make.NewPost(media_ids=[good, bad], caption="Two")).id
    with make.unit():
        from_row = make.db.session().get(make.Media, bad)
        from_row.status, from_row.error = "failed", "This photo is damaged."
        make.db.session().flush()
        make.posts.advance(from_row)
    browser = sign_in(ana)
    page = browser.get("/").text
    assert "Photo 2: This photo is damaged." in page
    assert f'action="/p/{post_id}/retry"' in page
    assert browser.post(f"/p/{post_id}/retry", data={"without_failed": "1"}).status_code == 303
    assert "Getting your photo ready" in browser.get("/").text


def test_a_form_of_before_the_sign_out_is_refused_kindly(app):
    for path in ("/new", "/settings/profile", "/settings/security"):
        ana, browser = make.user("ana" + path.replace("/", "_")), app.test_client()
        assert browser.post("/login", data={"username": ana.username, "password": make.PASSWORD}).status_code == 303
        browser.csrf = None
        browser.get(path)
        browser.post("/logout")
        answer = browser.post(path, data={"caption": "Late words"}, token=False)
        assert answer.status_code == 401, path
        assert "You were signed out" in answer.text
        assert 'name="caption" value="Late words"' in answer.text


def test_a_strangers_post_has_no_edit_form(app, sign_in):
    post_id = make.post(make.user("ana"))
    assert sign_in(make.user("ben")).get(f"/p/{post_id}/edit").status_code == 403


def test_a_draft_whose_photo_is_gone_keeps_its_words(app, sign_in):
    browser = sign_in(make.user("ana"))
    gone = "01890000-0000-7000-8000-000000000000"
    answer = browser.post("/new", data={"media_ids": gone, "caption": "Still here"})
    assert answer.status_code == 404
    assert "Still here" in answer.text
    assert "add it again" in answer.text


def test_comments_are_closed_and_photos_covered_by_the_form(app, sign_in):
    ana = make.user("ana")
    browser, post_id = sign_in(ana), make.post(ana, "Before")
    form = {"caption": "Before", "comments_enabled": "false", "sensitive": "true"}
    assert browser.post(f"/p/{post_id}/edit", data=form).status_code == 303
    now = browser.get(f"/api/v1/posts/{post_id}").json
    assert (now["comments_enabled"], now["sensitive"]) == (False, True)
    page = browser.get(f"/p/{post_id}/edit").text
    assert '<option value="false" selected>Closed' in page
    assert '<option value="true" selected>Yes' in page
    assert browser.post(f"/p/{post_id}/edit", data={"caption": "After"}).status_code == 303
    assert browser.get(f"/api/v1/posts/{post_id}").json["comments_enabled"] is False
