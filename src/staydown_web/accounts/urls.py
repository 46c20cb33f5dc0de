"""Addresses of this room."""

from __future__ import annotations

from django.urls import URLPattern, path

from staydown_web.accounts.views import api_keys, factor, flaggers, me, people, sign_in

app_name = "accounts"
urlpatterns: list[URLPattern] = [
    path("sign-in/", sign_in.sign_in, name="login"),
    path("sign-out/", sign_in.sign_out, name="logout"),
    path("join/<str:token>/", sign_in.join, name="join"),
    path("second-factor/", factor.second_factor, name="second_factor"),
    path("second-factor/set-up/", factor.set_up_factor, name="set_up_factor"),
    path("second-factor/codes/", factor.renew_codes, name="renew_codes"),
    path("me/", me.me, name="me"),
    path("me/sessions/", me.end_sessions, name="end_sessions"),
    path("people/", people.people, name="people"),
    path("people/invite/", people.invite, name="invite"),
    path("people/<uuid:user_id>/", people.change_user, name="change_user"),
    path("helplines/add/", people.add_team, name="add_team"),
    path("helplines/<uuid:team_id>/", people.change_team, name="change_team"),
    path("flaggers/", flaggers.flaggers, name="flaggers"),
    path("flaggers/<uuid:flagger_id>/", flaggers.change_flagger, name="change_flagger"),
    path("keys/", api_keys.keys, name="keys"),
    path("keys/<uuid:key_id>/revoke/", api_keys.revoke_key, name="revoke_key"),
]
