from django.apps import AppConfig


class FramesConfig(AppConfig):
    name = "frames"

    def ready(self) -> None:
        from django_q.signals import post_spawn

        from frames.lost_jobs import keep_watch

        post_spawn.connect(keep_watch)
