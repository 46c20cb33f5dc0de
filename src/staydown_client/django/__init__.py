"""Django: an upload handler and a storage that check a file before it is stored.

Put ``staydown_client.django`` into ``INSTALLED_APPS``, so that its system checks run, and your
choices into ``STAYDOWN``. docs/howto/django-uploads.md goes through it.
"""
